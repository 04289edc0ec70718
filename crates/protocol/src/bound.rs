//! What a call is told of the blob that started it, and of the blobs that its bindings name. The bytes do not come along:
//! whoever needs them reads or writes them through [`BlobApi`](crate::blob::BlobApi).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::blob::{BlobPath, BlobProperties};

/// One call of a function that a blob started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobCall {
    /// Where the blob is.
    pub path: BlobPath,
    /// The version that the call is for.
    pub properties: BlobProperties,
    /// What the captures of the trigger's path took of its name, in their order.
    pub captures: Vec<(Arc<str>, String)>,
    /// Which attempt at this version it is, counted from 1: more after a failure, and when a host died during the call
    /// before.
    pub attempt: u32,
}

/// Which way the bytes of a bound blob go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlobDirection {
    /// The function reads it.
    In,
    /// The function, or the host from its result, writes it.
    Out,
}

/// A blob binding of a call, with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundBlob {
    /// The name of the binding.
    pub name: Arc<str>,
    /// Which way its bytes go.
    pub direction: BlobDirection,
    /// Where the blob is.
    pub path: BlobPath,
}
