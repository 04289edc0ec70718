//! Connection strings: read strictly, shown without their password.

use std::{borrow::Cow, fmt, str::FromStr};

use sqlx::postgres::PgConnectOptions;

use crate::error::OpenError;

/// A connection string that was read: where a database is and how to get in. Shown without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// As it was written.
    text: String,
    place: String,
}

impl DatabaseUrl {
    /// The connection string itself, with its password.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        Ok(Self { place: place(&parse(text)?), text: text.to_owned() })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseUrl").field(&self.place).finish()
    }
}

/// What may stand behind the `?`. The driver would skip what it does not know.
const PARAMETERS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// What `sslmode` may say. The driver knows one more, `allow`, and never encrypts with it, which is not what it means.
const SSL_MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/// Parameters that name files which must be there before anybody connects.
const FILES: [&str; 3] = ["sslcert", "sslkey", "sslrootcert"];

/// Reads a connection string.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    let invalid = |why: String| OpenError::Url { url: without_password(url), why };
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(invalid("it does not begin with `postgres://`".to_owned()));
    }
    for (name, value) in parameters(url) {
        if !PARAMETERS.contains(&&*name) {
            return Err(invalid(unknown(url, &name)));
        }
        if name == "sslmode" && !SSL_MODES.contains(&&*value) {
            return Err(invalid(format!("unknown sslmode `{value}`; known are {}", SSL_MODES.join(", "))));
        }
    }
    let options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| match error {
        sqlx::Error::Configuration(why) => invalid(why.to_string()),
        other => invalid(other.to_string()),
    })?;
    Ok(match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("fnhost"),
    })
}

/// What is wrong with a parameter that nobody knows.
fn unknown(url: &str, name: &str) -> String {
    match (url.find('?'), url.rfind('@')) {
        // Perhaps it is half of a password.
        (Some(from), Some(to)) if from < to => "a `?` within a password is written `%3F`".to_owned(),
        _ => format!("unknown parameter `{name}`; known are {}", PARAMETERS.join(", ")),
    }
}

/// What stands behind the `?`, as the driver reads it.
fn parameters(url: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(url.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// Reads the files that a connection string names once: one that is missing would look like a server that is.
pub(crate) async fn check_files(url: &str) -> Result<(), OpenError> {
    let named = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| {
        // The driver takes what would be in the file as well.
        FILES.contains(&&**name) && !value.trim_start().starts_with("-----BEGIN")
    };
    for (name, file) in parameters(url).filter(named) {
        if let Err(error) = tokio::fs::read(&*file).await {
            let why = format!("`{name}` names the file {file}, which cannot be read: {error}");
            return Err(OpenError::Url { url: without_password(url), why });
        }
    }
    Ok(())
}

/// Where a connection string leads, as messages show it: no user, no password.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres:///{database}?host={}", socket.display()),
        None => format!("postgres://{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

/// A connection string, or what was meant to be one, without what may be a secret: what stands before the `@`, and all
/// parameters.
pub fn without_password(text: &str) -> String {
    let parameters = text.find('?').unwrap_or(text.len());
    let kind = text.find("//").map(|at| at + 2).or_else(|| text.find(':').map(|at| at + 1));
    match (kind, text.rfind('@')) {
        // A question mark within a password, or an at sign within a parameter: nobody can tell.
        (Some(from), Some(to)) if to > parameters => format!("{}…", &text[..from.min(parameters)]),
        (Some(from), Some(to)) if from < to => format!("{}…{}", &text[..from], &text[to..parameters]),
        _ => text[..parameters].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_lead_somewhere() {
        for (url, shown) in [
            ("postgres://u:p@h/d", "postgres://h:5432/d"),
            ("postgresql://u:p@h:1/d?sslmode=require", "postgres://h:1/d"),
            ("postgres://u@localhost/d?host=/run/pg", "postgres:///d?host=/run/pg"),
        ] {
            assert_eq!(place(&parse(url).unwrap()), shown);
        }
    }

    #[test]
    fn passwords_are_left_out() {
        for (text, shown) in [
            ("postgres://u:secret@h/d?password=secret", "postgres://…@h/d"),
            ("postgres://h/d?password=secret", "postgres://h/d"),
            ("postgres://u:secret?secret@h/d", "postgres://…"),
            ("postgres:u:secret@h/d", "postgres:…@h/d"),
            ("sqlite:a.db", "sqlite:a.db"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, why) in [
            ("mysql://u:secret@h/d", "`mysql://…@h/d` is no connection string: it does not begin with"),
            (
                "postgres://u:secret@h/d?sslmod=a",
                "`postgres://…@h/d` is no connection string: unknown parameter `sslmod`",
            ),
            (
                "postgres://u:secret@h/d?sslmode=allow",
                "`postgres://…@h/d` is no connection string: unknown sslmode `allow`; known are disable, prefer,",
            ),
            (
                "postgres://u:a?secret@h/d",
                "`postgres://…` is no connection string: a `?` within a password is",
            ),
            (
                "postgres://u:secret@h/d?pas%73=secret",
                "`postgres://…@h/d` is no connection string: unknown parameter `pass`",
            ),
            ("postgres://u:secret@h:port/d", "`postgres://…@h:port/d` is no connection string: invalid port"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.starts_with(why) && !error.contains("secret"), "{error}");
        }
    }
}
