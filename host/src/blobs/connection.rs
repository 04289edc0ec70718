//! What a connection string says. Pure: it asks no store, and its errors show no secret.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;

/// Where development storage is, below the app's folder.
const DEVELOPMENT: &str = ".fnhost/blobs";

/// What may be written, for messages.
const ALLOWED: &str = "`file:///folder`, `file://folder` (below the app's folder), `UseDevelopmentStorage=true`, \
                       `s3://?region=REGION`, `s3://KEY:SECRET@HOST:PORT`";

/// A text that is no connection string. Shows no part of it that could be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} is no connection string for blobs: {why}; allowed: {ALLOWED}")]
pub struct InvalidConnection {
    /// The beginning of the text.
    pub found: String,
    /// What is wrong with it.
    pub why: String,
}

/// Where the blobs of a connection are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Files below a folder.
    Folder {
        /// The folder.
        root: PathBuf,
        /// Whether it is made when it is missing. A folder that somebody named is not: it may be a disk that is not
        /// mounted.
        made: bool,
    },
    /// Objects in S3 or something that speaks like it.
    S3(S3Address),
}

/// How a store that speaks S3 is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Address {
    /// Scheme, host and port; `None` for Amazon's own.
    pub endpoint: Option<String>,
    /// The region; `None` for the one of the environment or the profile.
    pub region: Option<String>,
    /// Whether the bucket is the first part of the path instead of the host's name.
    pub path_style: bool,
    /// The keys; `None` for the usual chain: environment, profile, web identity, container, machine.
    pub keys: Option<Keys>,
    /// What containers are.
    pub place: Place,
}

/// Access keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Public part.
    pub id: String,
    /// Secret part.
    pub secret: String,
    /// For keys that expire.
    pub token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

/// What containers are in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Buckets.
    Buckets,
    /// The first part of the names in one bucket.
    Bucket {
        /// The bucket.
        name: String,
        /// What all names begin with: empty, or with a slash at its end.
        prefix: String,
    },
}

impl Connection {
    /// Reads a connection string; relative folders begin at the app's.
    ///
    /// # Errors
    /// What is wrong, without secrets.
    pub fn parse(text: &str, app: &Path) -> Result<Self, InvalidConnection> {
        let text = text.trim();
        if text.trim_end_matches(';').eq_ignore_ascii_case("UseDevelopmentStorage=true") {
            return Ok(Self::Folder { root: app.join(DEVELOPMENT), made: true });
        }
        match text.split_once("://") {
            Some(("file", path)) => folder(path, app),
            Some(("s3", rest)) => s3(rest).map(Self::S3),
            _ => Err(unknown(text)),
        }
    }
}

fn folder(path: &str, app: &Path) -> Result<Connection, InvalidConnection> {
    let why = if path.is_empty() {
        "the folder is missing"
    } else if path.contains('\0') {
        "it holds U+0000"
    } else {
        return Ok(Connection::Folder { root: app.join(path), made: false });
    };
    Err(InvalidConnection { found: format!("`file://{}`", path.escape_debug()), why: why.to_owned() })
}

fn unknown(text: &str) -> InvalidConnection {
    let azures = ["DefaultEndpointsProtocol=", "AccountName=", "BlobEndpoint=", "SharedAccessSignature="];
    let is_azures = azures
        .iter()
        .any(|known| text.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)));
    let why = if text.is_empty() {
        "it is empty"
    } else if is_azures {
        "this host does not speak to Azure's storage accounts"
    } else {
        "it does not begin with a known kind"
    };
    // What stands before the first sign of punctuation is a kind or a keyword, no secret.
    let kind: String = text.chars().take_while(char::is_ascii_alphanumeric).take(24).collect();
    let found = if kind.len() < text.len() { format!("`{kind}…`") } else { "the text".to_owned() };
    InvalidConnection {
        found: if text.is_empty() { "empty text".to_owned() } else { found },
        why: why.to_owned(),
    }
}

/// `[KEY:SECRET@][HOST[:PORT]][?parameters]`
fn s3(rest: &str) -> Result<S3Address, InvalidConnection> {
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    // Secrets may hold slashes; the last `@` ends them.
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = host.trim_end_matches('/');
    let shown = if user.is_some() { format!("`s3://…@{host}…`") } else { "`s3://…`".to_owned() };
    let invalid = |why: String| InvalidConnection { found: shown.clone(), why };
    if !is_host(host) {
        let why = "what stands before `?` is no HOST or HOST:PORT; buckets are named by containers, or by `bucket=`";
        // Without `@` the part may be a secret that lost its sign.
        return Err(InvalidConnection { found: "`s3://…`".to_owned(), why: why.to_owned() });
    }
    let parameters = Parameters::read(query).map_err(&invalid)?;
    let mut keys = user.map(read_keys).transpose().map_err(&invalid)?;
    match (&mut keys, parameters.token) {
        (Some(keys), token) => keys.token = token,
        (None, Some(_)) => {
            return Err(invalid("`sessionToken` needs KEY:SECRET@ before the host".to_owned()));
        }
        (None, None) => {}
    }
    if host.is_empty() && parameters.tls == Some(false) {
        return Err(invalid("`tls=false` needs a host".to_owned()));
    }
    let scheme = if parameters.tls == Some(false) { "http" } else { "https" };
    let endpoint = (!host.is_empty()).then(|| format!("{scheme}://{host}"));
    let place = match (parameters.bucket, parameters.prefix) {
        (Some(name), prefix) => Place::Bucket { name, prefix: prefix.unwrap_or_default() },
        (None, None) => Place::Buckets,
        (None, Some(_)) => return Err(invalid("`prefix` needs `bucket`".to_owned())),
    };
    Ok(S3Address {
        path_style: parameters.path_style.unwrap_or(endpoint.is_some()),
        // Those that are not Amazon's mostly do not care, but a request is signed for some region.
        region: parameters.region.or_else(|| endpoint.is_some().then(|| "us-east-1".to_owned())),
        endpoint,
        keys,
        place,
    })
}

/// Empty, or `HOST[:PORT]`; a number in brackets is an IPv6 address.
fn is_host(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !text.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let is_v6 = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_name = match is_v6 {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.chars().all(plain),
    };
    is_name && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn read_keys(user: &str) -> Result<Keys, String> {
    let Some((id, secret)) = user.split_once(':') else {
        return Err("what stands before `@` is not KEY:SECRET".to_owned());
    };
    let (id, secret) = (decoded("KEY", id)?, decoded("SECRET", secret)?);
    if id.is_empty() || secret.is_empty() {
        return Err("KEY or SECRET is empty".to_owned());
    }
    Ok(Keys { id, secret, token: None })
}

/// Percent-decoded text. The value is not shown: it may be a secret.
fn decoded(what: &str, text: &str) -> Result<String, String> {
    let is_whole = text.match_indices('%').all(|(at, _)| {
        text.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !is_whole {
        return Err(format!(
            "{what} has a `%` that is not followed by two hexadecimal digits (`%` itself is `%25`)"
        ));
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| format!("{what} is no UTF-8"))?;
    Ok(decoded.into_owned())
}

#[derive(Default)]
struct Parameters {
    region: Option<String>,
    path_style: Option<bool>,
    tls: Option<bool>,
    bucket: Option<String>,
    prefix: Option<String>,
    token: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, String> {
        let mut all = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or("a parameter has no `=`")?;
            let is_known = ["region", "pathStyle", "tls", "bucket", "prefix", "sessionToken"].contains(&name);
            if !is_known {
                // A name that is not known may be the rest of a secret with a `?` or `&` in it.
                return Err("it has an unknown parameter; known are region, pathStyle, tls, bucket, prefix, sessionToken".to_owned());
            }
            let value = decoded(name, value)?;
            if value.is_empty() {
                return Err(format!("`{name}` is empty"));
            }
            let is_new = match name {
                "region" => put(&mut all.region, region(value)?),
                "pathStyle" => put(&mut all.path_style, boolean(name, &value)?),
                "tls" => put(&mut all.tls, boolean(name, &value)?),
                "bucket" => put(&mut all.bucket, bucket(value)?),
                "prefix" => put(&mut all.prefix, prefix(&value)?),
                _ => put(&mut all.token, value),
            };
            if !is_new {
                return Err(format!("`{name}` is there twice"));
            }
        }
        Ok(all)
    }
}

/// Whether there was none before.
fn put<T>(slot: &mut Option<T>, value: T) -> bool {
    slot.replace(value).is_none()
}

fn boolean(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{name}` is neither true nor false")),
    }
}

fn region(value: String) -> Result<String, String> {
    let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if is_plain {
        Ok(value)
    } else {
        Err("`region` is no region; allowed: letters, digits, `-` and `_`".to_owned())
    }
}

fn bucket(value: String) -> Result<String, String> {
    let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    if is_plain {
        Ok(value)
    } else {
        Err("`bucket` is no bucket; allowed: letters, digits, `.`, `-` and `_`".to_owned())
    }
}

/// With a slash at its end and none at its beginning.
fn prefix(value: &str) -> Result<String, String> {
    let inner = value.trim_matches('/');
    if inner.is_empty() || inner.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return Err("`prefix` has an empty part, `.` or `..`".to_owned());
    }
    Ok(format!("{inner}/"))
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
