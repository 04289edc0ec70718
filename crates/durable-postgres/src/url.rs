//! Connection strings: read strictly, shown without their password.

use sqlx::postgres::PgConnectOptions;

use crate::error::OpenError;

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

/// Reads a connection string.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    let invalid = |why: String| OpenError::Url { url: without_password(url), why };
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(invalid("it does not begin with `postgres://`".to_owned()));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for parameter in query.split('&').filter(|part| !part.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) {
            return Err(invalid(format!("unknown parameter `{name}`; known are {}", PARAMETERS.join(", "))));
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

/// Where a connection string leads, as messages show it: no user, no password.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres:///{database}?host={}", socket.display()),
        None => format!("postgres://{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

/// A connection string without what may be a secret: what stands between `//` and `@`, and all parameters.
fn without_password(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.find("//"), url.rfind('@')) {
        (Some(from), Some(to)) if from + 2 < to => format!("{}//…{}", &url[..from], &url[to..]),
        _ => url.to_owned(),
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
    fn what_is_wrong_is_said_without_the_password() {
        for (url, why) in [
            ("mysql://u:secret@h/d", "`mysql://…@h/d` is no connection string: it does not begin with"),
            (
                "postgres://u:secret@h/d?sslmod=a",
                "`postgres://…@h/d` is no connection string: unknown parameter `sslmod`",
            ),
            ("postgres://u:secret@h/d?sslmode=sure", "`postgres://…@h/d` is no connection string: "),
            ("postgres://u:secret@h:port/d", "`postgres://…@h:port/d` is no connection string: invalid port"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.starts_with(why) && !error.contains("secret"), "{error}");
        }
    }
}
