//! What goes wrong on demand.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use http::{Method, request::Parts};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Anything.
    Any,
    /// ListObjectsV2.
    List,
    /// HeadObject.
    Head,
    /// GetObject.
    Get,
    /// PutObject.
    Put,
    /// DeleteObject.
    Delete,
    /// CreateMultipartUpload.
    Begin,
    /// UploadPart.
    Part,
    /// CompleteMultipartUpload.
    Complete,
    /// AbortMultipartUpload.
    Abort,
}

impl Op {
    /// What this request asks for.
    pub(crate) fn of(head: &Parts) -> Self {
        let query = head.uri.query().unwrap_or_default();
        let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        match head.method {
            Method::GET if has("list-type") => Self::List,
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::PUT if has("partNumber") => Self::Part,
            Method::PUT => Self::Put,
            Method::POST if has("uploads") => Self::Begin,
            Method::POST => Self::Complete,
            Method::DELETE if has("uploadId") => Self::Abort,
            Method::DELETE => Self::Delete,
            _ => Self::Any,
        }
    }
}

/// One failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 500 InternalError.
    Internal,
    /// 503 SlowDown.
    SlowDown,
    /// 403 AccessDenied.
    Denied,
    /// 200 with something that is not S3.
    Nonsense,
    /// The answer stops in the middle of its body.
    Cut,
    /// A list gives the page before once more.
    SamePage,
    /// A list says that it goes on and not where.
    NoToken,
    /// Objects are listed without their tags.
    NoTags,
}

/// Failures that wait for their request.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<VecDeque<(Op, Fault)>>);

impl Faults {
    pub(crate) fn add(&self, op: Op, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((op, fault));
    }

    /// The failure of this request.
    pub(crate) fn take(&self, op: Op) -> Option<Fault> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = waiting.iter().position(|(of, _)| *of == op || *of == Op::Any)?;
        waiting.remove(at).map(|(_, fault)| fault)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
