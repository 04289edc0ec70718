//! The operations of S3 that stores of blobs use.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use s3s::{
    Body, S3, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
        DeleteObjectInput, DeleteObjectOutput, ETag, ETagCondition, GetObjectInput, GetObjectOutput,
        HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object as Listed,
        PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};

use crate::{
    faults::Fault,
    store::{Bucket, Object, State, Store, Upload, tag, tag_of_parts},
};

/// The smallest part but the last, as Amazon has it.
const SMALLEST_PART: usize = 5 << 20;

/// What a failing list is to do, passed along with its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListFault(pub(crate) Fault);

/// The service on a store.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Store>);

fn bucket<'a>(state: &'a mut State, name: &str) -> S3Result<&'a mut Bucket> {
    let bucket = state.buckets.get_mut(name).ok_or_else(|| s3_error!(NoSuchBucket))?;
    if bucket.is_denied {
        return Err(s3_error!(AccessDenied, "this bucket is not for you"));
    }
    Ok(bucket)
}

fn object(state: &mut State, name: &str, key: &str) -> S3Result<Object> {
    bucket(state, name)?.objects.get(key).cloned().ok_or_else(|| s3_error!(NoSuchKey))
}

/// Whether a write may go on.
fn check(
    found: Option<&Object>,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let fits = |condition: &ETagCondition| match (condition, found) {
        (ETagCondition::Any, found) => found.is_some(),
        (ETagCondition::ETag(tag), Some(found)) => tag.value() == found.tag,
        (ETagCondition::ETag(_), None) => false,
    };
    if if_match.is_some_and(|condition| !fits(condition)) || if_none_match.is_some_and(fits) {
        return Err(s3_error!(PreconditionFailed));
    }
    Ok(())
}

async fn collect(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut whole = BytesMut::new();
    while let Some(piece) = body.next().await {
        whole.extend_from_slice(&piece.map_err(|_| s3_error!(IncompleteBody))?);
    }
    Ok(whole.freeze())
}

fn length(bytes: &Bytes) -> Option<i64> {
    i64::try_from(bytes.len()).ok()
}

fn strong(tag: &str) -> Option<ETag> {
    Some(ETag::Strong(tag.to_owned()))
}

#[async_trait::async_trait]
impl S3 for Service {
    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let fault = request.extensions.get::<ListFault>().map(|fault| fault.0);
        let input = request.input;
        let mut state = self.0.lock();
        state.lists += 1;
        let lists = state.lists;
        let bucket = bucket(&mut state, &input.bucket)?;
        let prefix = input.prefix.unwrap_or_default();
        let mut after = input.continuation_token.or(input.start_after).unwrap_or_default();
        if fault == Some(Fault::SamePage) {
            after.clear();
        }
        let most = usize::try_from(input.max_keys.unwrap_or(1000)).unwrap_or_default().min(1000);
        let mut found = bucket
            .objects
            .range(after.clone()..)
            .filter(|(key, object)| **key > after && key.starts_with(&prefix) && object.listed_from < lists);
        let contents: Vec<Listed> = found
            .by_ref()
            .take(most)
            .map(|(key, object)| Listed {
                key: Some(key.clone()),
                e_tag: strong(&object.tag).filter(|_| fault != Some(Fault::NoTags)),
                size: length(&object.bytes),
                last_modified: Some(Timestamp::from(object.modified)),
                ..Listed::default()
            })
            .collect();
        let is_truncated = found.next().is_some() || fault == Some(Fault::NoToken);
        let next = contents.last().and_then(|last| last.key.clone());
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(prefix),
            key_count: i32::try_from(contents.len()).ok(),
            max_keys: i32::try_from(most).ok(),
            is_truncated: Some(is_truncated),
            next_continuation_token: next.filter(|_| is_truncated && fault != Some(Fault::NoToken)),
            contents: Some(contents),
            ..ListObjectsV2Output::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let found = object(&mut self.0.lock(), &input.bucket, &input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: length(&found.bytes),
            e_tag: strong(&found.tag),
            last_modified: Some(Timestamp::from(found.modified)),
            content_type: found.content_type,
            metadata: Some(found.metadata),
            ..HeadObjectOutput::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let found = object(&mut self.0.lock(), &input.bucket, &input.key)?;
        check(Some(&found), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let length = length(&found.bytes);
        let pieces: Vec<_> = found
            .bytes
            .chunks(64 << 10)
            .map(|piece| Ok::<_, std::io::Error>(found.bytes.slice_ref(piece)))
            .collect();
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(stream::iter(pieces))),
            content_length: length,
            e_tag: strong(&found.tag),
            last_modified: Some(Timestamp::from(found.modified)),
            content_type: found.content_type,
            metadata: Some(found.metadata),
            ..GetObjectOutput::default()
        }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let bytes = collect(input.body).await?;
        let mut state = self.0.lock();
        let tag = tag(&bytes);
        let new = state.object(bytes, tag.clone(), input.content_type, input.metadata.unwrap_or_default());
        let bucket = bucket(&mut state, &input.bucket)?;
        check(bucket.objects.get(&input.key), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        bucket.objects.insert(input.key, new);
        Ok(S3Response::new(PutObjectOutput { e_tag: strong(&tag), ..PutObjectOutput::default() }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        bucket(&mut self.0.lock(), &input.bucket)?.objects.remove(&input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        let mut state = self.0.lock();
        let id = state.upload_id();
        let upload = Upload {
            key: input.key.clone(),
            content_type: input.content_type,
            metadata: input.metadata.unwrap_or_default(),
            ..Upload::default()
        };
        bucket(&mut state, &input.bucket)?.uploads.insert(id.clone(), upload);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let bytes = collect(input.body).await?;
        let mut state = self.0.lock();
        let uploads = &mut bucket(&mut state, &input.bucket)?.uploads;
        let upload = uploads.get_mut(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let e_tag = strong(&tag(&bytes));
        upload.parts.insert(input.part_number, bytes);
        Ok(S3Response::new(UploadPartOutput { e_tag, ..UploadPartOutput::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let mut state = self.0.lock();
        let parts = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let inside = bucket(&mut state, &input.bucket)?;
        let upload = inside.uploads.get(&input.upload_id).filter(|upload| upload.key == input.key);
        let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
        check(inside.objects.get(&input.key), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let mut chosen = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let known = part.part_number.and_then(|number| upload.parts.get(&number));
            let bytes = known.ok_or_else(|| s3_error!(InvalidPart))?;
            if part.e_tag.as_ref().map(ETag::value) != Some(tag(bytes).as_str()) {
                return Err(s3_error!(InvalidPart, "another tag"));
            }
            if bytes.len() < SMALLEST_PART && at + 1 < parts.len() {
                return Err(s3_error!(EntityTooSmall));
            }
            chosen.push(bytes.clone());
        }
        if chosen.is_empty() {
            return Err(s3_error!(MalformedXML, "an upload without parts"));
        }
        let whole = tag_of_parts(chosen.iter());
        let (content_type, metadata) = (upload.content_type.clone(), upload.metadata.clone());
        let new = state.object(chosen.concat().into(), whole.clone(), content_type, metadata);
        let inside = bucket(&mut state, &input.bucket)?;
        inside.uploads.remove(&input.upload_id);
        inside.objects.insert(input.key.clone(), new);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: strong(&whole),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        let removed = bucket(&mut self.0.lock(), &input.bucket)?.uploads.remove(&input.upload_id);
        removed.ok_or_else(|| s3_error!(NoSuchUpload))?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

/// A body of these bytes.
pub(crate) fn body(bytes: impl Into<Bytes>) -> Body {
    Body::from(bytes.into())
}
