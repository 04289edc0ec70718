//! What the store and the library say, as errors of blobs.

use aws_sdk_s3::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::ByteStreamError,
};
use fnhost_protocol::blob::{BlobError, BlobPath};

use crate::blobs::store::Labels;

/// What an error is about.
pub(super) enum About<'a> {
    Blob(&'a BlobPath),
    Container(&'a str),
}

/// What an answer of the store comes to. Pure, so that the table of codes can be tested.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    NoBlob,
    NoContainer,
    Changed(&'static str),
    Denied,
    Invalid,
    Unavailable,
}

fn verdict(status: u16, code: Option<&str>) -> Verdict {
    match (code.unwrap_or_default(), status) {
        ("NoSuchBucket", _) => Verdict::NoContainer,
        ("NoSuchKey" | "NotFound" | "NoSuchVersion", _) => Verdict::NoBlob,
        // A clock that is wrong may be set; the library has tried again with the server's time.
        ("RequestTimeTooSkewed" | "RequestExpired", _) => Verdict::Unavailable,
        ("PreconditionFailed", _) | (_, 412) => Verdict::Changed("the condition does not hold"),
        ("InvalidBucketName" | "KeyTooLongError" | "EntityTooLarge" | "MetadataTooLarge", _) => {
            Verdict::Invalid
        }
        // Two writers at once: whoever comes again finds out who was first.
        ("ConditionalRequestConflict" | "OperationAborted" | "SlowDown" | "RequestTimeout", _) => {
            Verdict::Unavailable
        }
        (_, 404) => Verdict::NoBlob,
        (_, 401 | 403) => Verdict::Denied,
        (_, 408 | 409 | 429) => Verdict::Unavailable,
        // 301 is a bucket of another region.
        (_, 300..500) => Verdict::Invalid,
        // 500 and 503, and what is no error at all but could not be understood.
        _ => Verdict::Unavailable,
    }
}

impl Labels {
    /// Why a request failed.
    pub(super) fn of_request<E>(&self, about: &About<'_>, error: &SdkError<E>) -> BlobError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let what = self.about(about);
        // A success that could not be read is no answer.
        let is_answer = |status: u16| status >= 300 && error.as_service_error().is_some();
        let Some(answer) = error.raw_response().filter(|answer| is_answer(answer.status().as_u16())) else {
            return self.of_transport(what, error);
        };
        let (status, meta) = (answer.status().as_u16(), error.meta());
        let why = match (meta.code(), meta.message()) {
            (Some(code), Some(message)) => format!("the store answers {status} {code}: {message}"),
            (Some(code), None) => format!("the store answers {status} {code}"),
            (None, _) => format!("the store answers {status}"),
        };
        match verdict(status, meta.code()) {
            Verdict::NoBlob => BlobError::NotFound { what },
            Verdict::NoContainer => BlobError::NotFound {
                what: match about {
                    About::Blob(at) => self.container(&at.container),
                    About::Container(name) => self.container(name),
                },
            },
            Verdict::Changed(why) => BlobError::Changed { what, why: why.to_owned() },
            Verdict::Denied => BlobError::Denied { what, why },
            Verdict::Invalid => BlobError::Invalid { message: format!("{what} cannot be used: {why}") },
            Verdict::Unavailable => BlobError::Unavailable { what, why },
        }
    }

    /// Why there was no answer, or none that could be understood.
    fn of_transport<E>(&self, what: String, error: &SdkError<E>) -> BlobError
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let text = DisplayErrorContext(error).to_string();
        if text.contains("CredentialsNotLoaded")
            || text.contains("no providers in chain provided credentials")
        {
            let why = format!(
                "no access keys were found: set them in `{}` (s3://KEY:SECRET@…), in the environment \
                 (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or in a profile",
                self.connection
            );
            return BlobError::Denied { what, why };
        }
        let why = match error {
            SdkError::ResponseError(_) | SdkError::ServiceError(_) => {
                format!("the store answers something that is not S3: {text}")
            }
            SdkError::TimeoutError(_) => format!("the store does not answer in time: {text}"),
            // Regions and endpoints are looked at before anything is sent.
            SdkError::ConstructionFailure(_) => {
                return BlobError::Invalid { message: format!("{what} cannot be asked for: {text}") };
            }
            _ => text,
        };
        BlobError::Unavailable { what, why }
    }

    /// Why the bytes of a blob stopped.
    pub(super) fn of_bytes(&self, at: &BlobPath, error: &ByteStreamError) -> BlobError {
        let why = format!("its bytes stopped: {}", DisplayErrorContext(error));
        BlobError::Unavailable { what: self.blob(at), why }
    }

    /// An answer that is S3's in form and makes no sense.
    pub(super) fn of_nonsense(&self, about: &About<'_>, why: &str) -> BlobError {
        let why = format!("the store answers something that makes no sense: {why}");
        BlobError::Unavailable { what: self.about(about), why }
    }

    fn about(&self, about: &About<'_>) -> String {
        match about {
            About::Blob(at) => self.blob(at),
            About::Container(name) => self.container(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_answers() {
        for (status, code, expected) in [
            (404, Some("NoSuchBucket"), Verdict::NoContainer),
            (404, Some("NoSuchKey"), Verdict::NoBlob),
            (404, None, Verdict::NoBlob),
            (403, Some("AccessDenied"), Verdict::Denied),
            (403, Some("SignatureDoesNotMatch"), Verdict::Denied),
            (403, Some("InvalidAccessKeyId"), Verdict::Denied),
            (403, Some("RequestTimeTooSkewed"), Verdict::Unavailable),
            (403, None, Verdict::Denied),
            (412, None, Verdict::Changed("the condition does not hold")),
            (409, Some("ConditionalRequestConflict"), Verdict::Unavailable),
            (400, Some("InvalidBucketName"), Verdict::Invalid),
            (301, Some("PermanentRedirect"), Verdict::Invalid),
            (429, None, Verdict::Unavailable),
            (503, Some("SlowDown"), Verdict::Unavailable),
            (500, Some("InternalError"), Verdict::Unavailable),
            (200, None, Verdict::Unavailable),
        ] {
            assert_eq!(verdict(status, code), expected, "{status} {code:?}");
        }
    }
}
