//! What may stand between the braces of a template.

use super::clock_text::ClockText;

/// A value that is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A capture, a route parameter, or a field of the body or input: `name`, `customer.id`.
    Value(Vec<String>),
    /// `Query.x`: a parameter of the query.
    Query(String),
    /// `Headers.x`: a header of the request.
    Header(String),
    /// `rand-guid`: another one each time.
    RandomGuid(GuidForm),
    /// `DateTime`: when the call begins, in UTC.
    Now(ClockText),
    /// `sys.…`
    System(SystemValue),
}

/// How a GUID is written: as in .NET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuidForm {
    /// 32 digits.
    N,
    /// With hyphens.
    D,
    /// With hyphens, in braces.
    B,
    /// With hyphens, in parentheses.
    P,
}

/// What the host knows of every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemValue {
    /// `sys.MethodName`: the function's name.
    MethodName,
    /// `sys.UtcNow`: when the call begins.
    UtcNow,
    /// `sys.RandGuid`: another one each time.
    RandGuid,
}

/// What is allowed, for messages.
pub(super) const ALLOWED: &str = "`{name}` of a capture, route parameter or field (`{a.b}`), `{Query.x}`, `{Headers.x}`, \
                                  `{rand-guid}`, `{DateTime:yyyy-MM-dd}`, `{sys.MethodName}`, `{sys.UtcNow}`, \
                                  `{sys.RandGuid}`";

impl Expression {
    /// Reads what stands between braces.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, format) = match text.split_once(':') {
            Some((name, format)) => (name, Some(format)),
            None => (text, None),
        };
        match (name.to_ascii_lowercase().as_str(), format) {
            ("rand-guid", format) => return guid(format.unwrap_or("D")).map(Self::RandomGuid),
            ("datetime", None) => return Ok(Self::Now(ClockText::for_names())),
            ("datetime", Some(format)) => return ClockText::parse(format).map(Self::Now),
            (_, Some(_)) => return Err(format!("`{}` is unknown; allowed: {ALLOWED}", text.escape_debug())),
            (_, None) => {}
        }
        let parts: Vec<&str> = name.split('.').collect();
        let is_name = |part: &&str| {
            !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        if !parts.iter().all(is_name) {
            return Err(format!("`{}` is unknown; allowed: {ALLOWED}", text.escape_debug()));
        }
        match parts[..] {
            [first, second] if first.eq_ignore_ascii_case("sys") => system(second).map(Self::System),
            [first, second] if first.eq_ignore_ascii_case("query") => Ok(Self::Query(second.to_owned())),
            [first, second] if first.eq_ignore_ascii_case("headers") => Ok(Self::Header(second.to_owned())),
            [first, ..]
                if ["sys", "query", "headers"].iter().any(|kind| first.eq_ignore_ascii_case(kind)) =>
            {
                Err(format!("`{}` is unknown; allowed: {ALLOWED}", text.escape_debug()))
            }
            _ => Ok(Self::Value(parts.into_iter().map(str::to_owned).collect())),
        }
    }
}

fn guid(form: &str) -> Result<GuidForm, String> {
    match form {
        "N" | "n" => Ok(GuidForm::N),
        "D" | "d" => Ok(GuidForm::D),
        "B" | "b" => Ok(GuidForm::B),
        "P" | "p" => Ok(GuidForm::P),
        _ => Err(format!("`{}` is no form of a GUID; allowed: N, D, B, P", form.escape_debug())),
    }
}

fn system(name: &str) -> Result<SystemValue, String> {
    match name.to_ascii_lowercase().as_str() {
        "methodname" => Ok(SystemValue::MethodName),
        "utcnow" => Ok(SystemValue::UtcNow),
        "randguid" => Ok(SystemValue::RandGuid),
        _ => Err(format!("`sys.{name}` is unknown; allowed: sys.MethodName, sys.UtcNow, sys.RandGuid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read() {
        let value = |parts: &[&str]| Expression::Value(parts.iter().map(|part| (*part).to_owned()).collect());
        for (text, expected) in [
            ("name", value(&["name"])),
            ("a.b.c-d", value(&["a", "b", "c-d"])),
            ("Query.id", Expression::Query("id".to_owned())),
            ("headers.x-Id", Expression::Header("x-Id".to_owned())),
            ("RAND-guid", Expression::RandomGuid(GuidForm::D)),
            ("rand-guid:N", Expression::RandomGuid(GuidForm::N)),
            ("datetime", Expression::Now(ClockText::for_names())),
            ("DateTime:yyyy", Expression::Now(ClockText::parse("yyyy").unwrap())),
            ("sys.utcnow", Expression::System(SystemValue::UtcNow)),
        ] {
            assert_eq!(Expression::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_unknown_is_refused() {
        for (text, why) in [
            ("rand-guid:X", "no form of a GUID"),
            ("sys.Moon", "`sys.Moon` is unknown"),
            ("sys", "`sys` is unknown"),
            ("Query", "`Query` is unknown"),
            ("Query.a.b", "`Query.a.b` is unknown"),
            ("name:yyyy", "`name:yyyy` is unknown"),
            ("a..b", "`a..b` is unknown"),
            ("a b", "`a b` is unknown"),
            ("DateTime:yyyy-QQ", "`QQ`"),
        ] {
            let error = Expression::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
