//! Content type and metadata: extended attributes of the file, so that they are there with it and go with it.

use std::{collections::BTreeMap, os::fd::AsFd};

use fnhost_protocol::blob::{BlobError, BlobProperties, WriteOptions};
use rustix::{
    fs::{XattrFlags, fgetxattr, fsetxattr},
    io::Errno,
};

/// The media type as it was given.
const CONTENT_TYPE: &str = "user.fnhost.contentType";

/// A JSON object of texts.
const METADATA: &str = "user.fnhost.metadata";

/// As much as is read of one attribute. What is written is smaller.
const LARGEST: usize = 16 << 10;

/// Adds what the file's attributes say. What others have written there and makes no sense is passed over.
pub(super) fn read(file: impl AsFd, properties: &mut BlobProperties) -> Result<(), Errno> {
    properties.content_type =
        get(file.as_fd(), CONTENT_TYPE)?.and_then(|bytes| String::from_utf8(bytes).ok());
    properties.metadata =
        get(file, METADATA)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    Ok(())
}

fn get(file: impl AsFd, name: &str) -> Result<Option<Vec<u8>>, Errno> {
    let mut value = vec![0; LARGEST];
    match fgetxattr(file, name, &mut value[..]) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::RANGE) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes them; `what` is the blob, for messages.
pub(super) fn write(file: impl AsFd, options: &WriteOptions, what: &str) -> Result<(), BlobError> {
    if let Some(content_type) = &options.content_type {
        set(file.as_fd(), CONTENT_TYPE, content_type.as_bytes(), what)?;
    }
    if !options.metadata.is_empty() {
        let text = serde_json::to_vec::<BTreeMap<_, _>>(&options.metadata).expect("texts have a JSON form");
        set(file, METADATA, &text, what)?;
    }
    Ok(())
}

fn set(file: impl AsFd, name: &str, value: &[u8], what: &str) -> Result<(), BlobError> {
    fsetxattr(file, name, value, XattrFlags::empty()).map_err(|error| match error {
        Errno::OPNOTSUPP => BlobError::Invalid {
            message: format!(
                "{what} cannot have a content type or metadata: its file system keeps no extended attributes"
            ),
        },
        Errno::NOSPC | Errno::TOOBIG | Errno::DQUOT => BlobError::Invalid {
            message: format!(
                "{what}: content type and metadata do not fit into the extended attributes of its file (about 4 KiB)"
            ),
        },
        other => BlobError::Unavailable {
            what: what.to_owned(),
            why: format!("its attributes cannot be written: {}", std::io::Error::from(other)),
        },
    })
}
