//! What containers and blobs may be called, and what may be said of them: the same for every store.

use std::collections::BTreeMap;

use fnhost_protocol::blob::{BlobError, BlobPath, MOST_LISTED, WriteOptions};

/// As many bytes as S3 takes.
/// The longest name of a blob, in bytes.
pub(crate) const LONGEST_NAME: usize = 1024;

/// All names and values of a blob's metadata together, as S3 counts them.
const MOST_METADATA: usize = 2048;

/// Checks where a blob is to be.
pub(super) fn check(at: &BlobPath) -> Result<(), BlobError> {
    check_container(&at.container)?;
    let why = if at.name.is_empty() {
        Some("it is empty")
    } else if at.name.len() > LONGEST_NAME {
        Some("it is longer than 1024 bytes")
    } else {
        bad_part(&at.name)
    };
    match why {
        None => Ok(()),
        Some(why) => Err(invalid(format!(
            "`{}` is no name of a blob: {why}; allowed: text up to 1024 bytes, in parts with `/` between them",
            at.name.escape_debug()
        ))),
    }
}

/// Checks the name of a container.
pub(super) fn check_container(name: &str) -> Result<(), BlobError> {
    let why = if name.is_empty() {
        "it is empty"
    } else if name.len() > 255 {
        "it is longer than 255 bytes"
    } else if name.starts_with('.') {
        "it begins with a dot"
    } else if name.contains(['/', '\\', '\0']) {
        "it has a slash or U+0000"
    } else {
        return Ok(());
    };
    Err(invalid(format!(
        "`{}` is no name of a container: {why}; allowed: a bucket, or a folder of the first level",
        name.escape_debug()
    )))
}

/// Checks the beginning of names, which may stop in the middle of a part.
pub(super) fn check_prefix(prefix: &str) -> Result<(), BlobError> {
    let (folders, begun) = prefix.rsplit_once('/').map_or((None, prefix), |(all, begun)| (Some(all), begun));
    let why = folders
        .and_then(|folders| if folders.is_empty() { Some("it begins with `/`") } else { bad_part(folders) });
    match why.or_else(|| begun.contains('\0').then_some("it holds U+0000")) {
        None => Ok(()),
        Some(why) => Err(invalid(format!("`{}` is no beginning of names: {why}", prefix.escape_debug()))),
    }
}

/// Checks how many blobs a page is to have.
pub(super) fn check_limit(limit: u32) -> Result<(), BlobError> {
    if (1..=MOST_LISTED).contains(&limit) {
        return Ok(());
    }
    Err(invalid(format!("a page of {limit} blobs was asked for; allowed: from 1 to {MOST_LISTED}")))
}

/// What is wrong with one of the parts of a name.
fn bad_part(name: &str) -> Option<&'static str> {
    name.split('/').find_map(|part| match part {
        "" => Some("it has an empty part (`//`, or `/` at an end)"),
        "." | ".." => Some("it has a part `.` or `..`"),
        part if part.contains('\0') => Some("it holds U+0000"),
        _ => None,
    })
}

/// The options as stores take them: names of metadata in lower case.
pub(super) fn checked(options: WriteOptions) -> Result<WriteOptions, BlobError> {
    let visible = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if let Some(content_type) =
        options.content_type.as_deref().filter(|text| text.is_empty() || !visible(text))
    {
        return Err(invalid(format!(
            "`{}` is no content type; allowed: visible ASCII such as text/plain",
            content_type.escape_debug()
        )));
    }
    let mut metadata = BTreeMap::new();
    for (name, value) in options.metadata {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(invalid(format!(
                "`{}` is no name of metadata; allowed: ASCII letters, digits, `-` and `_`",
                name.escape_debug()
            )));
        }
        if !visible(&value) || value.trim() != value {
            return Err(invalid(format!(
                "the value of metadata `{name}` is not allowed; allowed: visible ASCII without blanks around it"
            )));
        }
        metadata.insert(name.to_ascii_lowercase(), value);
    }
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MOST_METADATA {
        return Err(invalid(format!("the metadata has {size} bytes; allowed: {MOST_METADATA}")));
    }
    Ok(WriteOptions { metadata, ..options })
}

fn invalid(message: String) -> BlobError {
    BlobError::Invalid { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(container: &str, name: &str) -> BlobPath {
        BlobPath { connection: "C".into(), container: container.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn names_are_parts_with_slashes_between_them() {
        for good in ["a", "a/b/c.txt", "ä b+c%20", ".hidden", "...", "a/..b", "x".repeat(1024).as_str()] {
            assert_eq!(check(&at("c", good)), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "it is empty"),
            ("/a", "an empty part"),
            ("a//b", "an empty part"),
            ("a/", "an empty part"),
            ("..", "`.` or `..`"),
            ("a/../b", "`.` or `..`"),
            ("./a", "`.` or `..`"),
            ("a\0b", "U+0000"),
            ("x".repeat(1025).as_str(), "longer than 1024"),
        ] {
            let error = check(&at("c", bad)).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("no name of a blob"), "{bad}: {error}");
        }
        for bad in ["", ".x", "..", "a/b", "a\\b", "a\0"] {
            assert!(check_container(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prefixes_may_stop_anywhere() {
        for good in ["", "a", "a/", "a/b", "a/.", "a/..", "é"] {
            assert_eq!(check_prefix(good), Ok(()), "{good}");
        }
        for bad in ["/", "/a", "a//", "../a", "a/../", "a/./b", "\0"] {
            assert!(check_prefix(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn options_are_plain_text() {
        let with = |name: &str, value: &str| {
            let metadata = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            checked(WriteOptions { metadata, ..WriteOptions::default() })
        };
        let lower: Vec<_> = with("Author-1", "N N").unwrap().metadata.into_iter().collect();
        assert_eq!(lower, [("author-1".to_owned(), "N N".to_owned())]);
        for (name, value) in [("", "x"), ("a b", "x"), ("ä", "x"), ("a", "ä"), ("a", "x\n"), ("a", " x")] {
            assert!(with(name, value).is_err(), "{name}={value}");
        }
        assert!(with("a", &"x".repeat(3000)).unwrap_err().to_string().contains("3001 bytes"));
        let typed = |text: &str| {
            checked(WriteOptions { content_type: Some(text.to_owned()), ..WriteOptions::default() })
        };
        assert!(typed("text/plain; charset=utf-8").is_ok());
        assert!(typed("").is_err() && typed("a\r\nb").is_err());
    }
}
