//! Properties and bytes of an object.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_s3::{operation::head_object::HeadObjectOutput, primitives::ByteStream};
use fnhost_protocol::blob::{BlobError, BlobPath, BlobProperties, BlobRead, BlobStream};
use futures_util::{StreamExt, stream};

use super::{errors::About, place::Spot, store::Shared, version};
use crate::blobs::store::Labels;

/// The properties, or `None` when there is no such object. A missing bucket looks the same: the answer has no body that
/// could tell them apart.
pub(super) async fn properties(shared: &Shared, at: &BlobPath) -> Result<Option<BlobProperties>, BlobError> {
    let spot = Spot::of(&shared.place, &at.container);
    let request = shared.client.get().await.head_object().bucket(&spot.bucket).key(spot.key(&at.name));
    match request.send().await {
        Ok(head) => Ok(Some(of_head(head))),
        Err(error) => match shared.labels.of_request(&About::Blob(at), &error) {
            BlobError::NotFound { .. } => Ok(None),
            other => Err(other),
        },
    }
}

fn of_head(head: HeadObjectOutput) -> BlobProperties {
    let known = version::properties(head.e_tag(), head.content_length(), head.last_modified());
    BlobProperties { content_type: head.content_type, metadata: sorted(head.metadata), ..known }
}

fn sorted(metadata: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    metadata.unwrap_or_default().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// Begins to read.
pub(super) async fn read(
    shared: &Shared,
    at: BlobPath,
    wanted: Option<String>,
) -> Result<BlobRead, BlobError> {
    let spot = Spot::of(&shared.place, &at.container);
    let request = shared.client.get().await.get_object().bucket(&spot.bucket).key(spot.key(&at.name));
    // The answer says which version its bytes are of, so no condition is needed: not every store heeds one.
    let answer = request.send().await.map_err(|error| shared.labels.of_request(&About::Blob(&at), &error))?;
    let known = version::properties(answer.e_tag(), answer.content_length(), answer.last_modified());
    if wanted.is_some_and(|wanted| wanted != known.version) {
        let why = "it is another version now".to_owned();
        return Err(BlobError::Changed { what: shared.labels.blob(&at), why });
    }
    let properties =
        BlobProperties { content_type: answer.content_type, metadata: sorted(answer.metadata), ..known };
    let expected = properties.length;
    Ok(BlobRead { properties, body: bytes(answer.body, expected, shared.labels.clone(), at) })
}

/// The bytes as they come, exactly as many as were announced.
fn bytes(body: ByteStream, expected: u64, labels: Labels, at: BlobPath) -> BlobStream {
    stream::try_unfold((body, expected, labels, at), |(mut body, left, labels, at)| async move {
        match body.next().await {
            Some(Ok(piece)) => {
                let Some(left) = left.checked_sub(piece.len() as u64) else {
                    return Err(labels.of_nonsense(&About::Blob(&at), "more bytes than it has announced"));
                };
                Ok(Some((piece, (body, left, labels, at))))
            }
            Some(Err(error)) => Err(labels.of_bytes(&at, &error)),
            None if left > 0 => {
                Err(labels.of_nonsense(&About::Blob(&at), "fewer bytes than it has announced"))
            }
            None => Ok(None),
        }
    })
    .boxed()
}
