//! Writing an object from a stream of any length.
//!
//! What fits into one part is one request. Anything larger is uploaded in parts, one after the other, so that a little
//! more than one part is in memory; nobody sees any of them until the upload is completed, and an upload that fails or
//! is given up is aborted.

use std::sync::Arc;

use aws_sdk_s3::{
    operation::{
        complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder,
        put_object::builders::PutObjectFluentBuilder,
    },
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use bytes::{Bytes, BytesMut};
use fnhost_protocol::blob::{BlobError, BlobPath, BlobProperties, BlobStream, OnlyIf, WriteOptions};
use futures_util::StreamExt;

use super::{errors::About, place::Spot, reading, store::Shared};

/// The smallest part. S3 takes none below 5 MiB but the last.
const PART: usize = 8 << 20;

/// S3 takes no more parts than 10,000: after so many the parts become twice as large, which is enough for its largest
/// object (5 TiB).
const PARTS_OF_A_SIZE: usize = 1000;

/// How large part `number` (from 1) is.
fn part_size(number: usize) -> usize {
    PART << ((number - 1) / PARTS_OF_A_SIZE).min(9)
}

pub(super) async fn write(
    shared: Arc<Shared>,
    at: BlobPath,
    body: BlobStream,
    options: WriteOptions,
) -> Result<BlobProperties, BlobError> {
    let mut parts = Parts { body, rest: BytesMut::new(), is_over: false };
    let first = parts.next(part_size(1)).await?;
    let condition = Condition::of(&shared, &at, &options.only_if).await?;
    if parts.is_over {
        put(&shared, &at, first, options, condition).await?;
    } else {
        upload(&shared, &at, first, parts, options, condition).await?;
    }
    // The answers to writes say neither time nor, in some stores, tag.
    reading::properties(&shared, &at).await?.ok_or_else(|| BlobError::Changed {
        what: shared.labels.blob(&at),
        why: "it was written and is gone again, or is not shown yet".to_owned(),
    })
}

/// A stream cut into parts.
struct Parts {
    body: BlobStream,
    /// What has come and belongs to the next part.
    rest: BytesMut,
    is_over: bool,
}

impl Parts {
    /// The next bytes: exactly so many, or fewer at the end.
    async fn next(&mut self, size: usize) -> Result<Bytes, BlobError> {
        while self.rest.len() < size && !self.is_over {
            match self.body.next().await {
                Some(piece) => self.rest.extend_from_slice(&piece?),
                None => self.is_over = true,
            }
        }
        let part = self.rest.split_to(size.min(self.rest.len()));
        if self.rest.is_empty() {
            // Gives the room of the part that is now on its way back.
            self.rest = BytesMut::new();
        }
        Ok(part.freeze())
    }
}

/// What the store is to check when it makes the object visible.
enum Condition {
    None,
    Absent,
    Tag(String),
}

impl Condition {
    /// A version is compared here, and its tag by the store: nobody can come in between unseen.
    async fn of(shared: &Shared, at: &BlobPath, only_if: &OnlyIf) -> Result<Self, BlobError> {
        let wanted = match only_if {
            OnlyIf::Always => return Ok(Self::None),
            OnlyIf::Absent => return Ok(Self::Absent),
            OnlyIf::Version(wanted) => wanted,
        };
        let changed = |why: &str| BlobError::Changed { what: shared.labels.blob(at), why: why.to_owned() };
        let found = reading::properties(shared, at).await?.ok_or_else(|| changed("it is gone"))?;
        match found.etag {
            Some(tag) if found.version == *wanted => Ok(Self::Tag(format!("\"{tag}\""))),
            Some(_) => Err(changed("it is another version now")),
            None => Err(shared.labels.of_nonsense(&About::Blob(at), "an object without an ETag")),
        }
    }

    fn put(self, request: PutObjectFluentBuilder) -> PutObjectFluentBuilder {
        match self {
            Self::None => request,
            Self::Absent => request.if_none_match("*"),
            Self::Tag(tag) => request.if_match(tag),
        }
    }

    fn complete(self, request: CompleteMultipartUploadFluentBuilder) -> CompleteMultipartUploadFluentBuilder {
        match self {
            Self::None => request,
            Self::Absent => request.if_none_match("*"),
            Self::Tag(tag) => request.if_match(tag),
        }
    }
}

/// One request.
async fn put(
    shared: &Shared,
    at: &BlobPath,
    bytes: Bytes,
    options: WriteOptions,
    condition: Condition,
) -> Result<(), BlobError> {
    let spot = Spot::of(&shared.place, &at.container);
    let request = shared
        .client
        .get()
        .await
        .put_object()
        .bucket(&spot.bucket)
        .key(spot.key(&at.name))
        .set_content_type(options.content_type)
        .set_metadata(Some(options.metadata.into_iter().collect()))
        .body(ByteStream::from(bytes));
    match condition.put(request).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(shared.labels.of_request(&About::Blob(at), &error)),
    }
}

/// Part by part.
async fn upload(
    shared: &Arc<Shared>,
    at: &BlobPath,
    first: Bytes,
    mut parts: Parts,
    options: WriteOptions,
    condition: Condition,
) -> Result<(), BlobError> {
    let mut upload = Upload::begin(shared.clone(), at, options).await?;
    let mut next = Some(first);
    let mut completed = Vec::new();
    while let Some(part) = next.take() {
        let number = completed.len() + 1;
        completed.push(upload.part(number, part).await?);
        if !parts.is_over {
            next = Some(parts.next(part_size(number + 1)).await?).filter(|part| !part.is_empty());
        }
    }
    upload.complete(completed, condition).await
}

/// An upload that is aborted unless it is completed.
struct Upload {
    shared: Arc<Shared>,
    at: BlobPath,
    spot: Spot,
    id: String,
    is_over: bool,
}

impl Upload {
    async fn begin(shared: Arc<Shared>, at: &BlobPath, options: WriteOptions) -> Result<Self, BlobError> {
        let spot = Spot::of(&shared.place, &at.container);
        let about = About::Blob(at);
        let begun = shared
            .client
            .get()
            .await
            .create_multipart_upload()
            .bucket(&spot.bucket)
            .key(spot.key(&at.name))
            .set_content_type(options.content_type)
            .set_metadata(Some(options.metadata.into_iter().collect()))
            .send()
            .await
            .map_err(|error| shared.labels.of_request(&about, &error))?;
        let Some(id) = begun.upload_id else {
            return Err(shared.labels.of_nonsense(&about, "an upload without an id"));
        };
        Ok(Self { shared, at: at.clone(), spot, id, is_over: false })
    }

    async fn part(&self, number: usize, bytes: Bytes) -> Result<CompletedPart, BlobError> {
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let sent = self
            .shared
            .client
            .get()
            .await
            .upload_part()
            .bucket(&self.spot.bucket)
            .key(self.spot.key(&self.at.name))
            .upload_id(&self.id)
            .part_number(number)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| self.shared.labels.of_request(&About::Blob(&self.at), &error))?;
        Ok(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build())
    }

    async fn complete(&mut self, parts: Vec<CompletedPart>, condition: Condition) -> Result<(), BlobError> {
        let request = self
            .shared
            .client
            .get()
            .await
            .complete_multipart_upload()
            .bucket(&self.spot.bucket)
            .key(self.spot.key(&self.at.name))
            .upload_id(&self.id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build());
        match condition.complete(request).send().await {
            Ok(_) => {
                self.is_over = true;
                Ok(())
            }
            Err(error) => Err(self.shared.labels.of_request(&About::Blob(&self.at), &error)),
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (shared, bucket, key, id) =
            (self.shared.clone(), self.spot.bucket.clone(), self.spot.key(&self.at.name), self.id.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let client = shared.client.get().await;
            let aborted =
                client.abort_multipart_upload().bucket(&bucket).key(&key).upload_id(&id).send().await;
            if let Err(error) = aborted {
                tracing::warn!(
                    connection = &*shared.labels.connection,
                    "the parts of upload {id} to `{key}` in bucket `{bucket}` could not be removed: {}",
                    aws_sdk_s3::error::DisplayErrorContext(&error)
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use fnhost_protocol::body::BodyError;
    use futures_util::{FutureExt, stream};

    use super::*;

    #[test]
    fn ten_thousand_parts_hold_the_largest_object() {
        let total: u64 = (1..=10_000).map(|number| part_size(number) as u64).sum();
        assert!(total > 5 << 40, "{total}");
        assert_eq!((part_size(1), part_size(1000), part_size(1001)), (PART, PART, 2 * PART));
    }

    #[test]
    fn streams_are_cut_into_parts() {
        let pieces = ["abcd", "", "e", "fghijk"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
        let mut parts = Parts { body: stream::iter(pieces).boxed(), rest: BytesMut::new(), is_over: false };
        let mut cut = Vec::new();
        while !parts.is_over || !parts.rest.is_empty() {
            cut.push(parts.next(3).now_or_never().unwrap().unwrap());
        }
        assert_eq!(cut, ["abc", "def", "ghi", "jk"]);
        let broken =
            stream::iter([Ok(Bytes::from_static(b"a")), Err(BlobError::Source(BodyError::new("gone")))]);
        let mut parts = Parts { body: broken.boxed(), rest: BytesMut::new(), is_over: false };
        assert!(parts.next(3).now_or_never().unwrap().is_err());
    }
}
