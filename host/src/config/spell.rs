//! How values are spelt: text of a variable read as another type, scalars as text, and hints on quotes and brackets.

use super::keys::kind::Kind;
use super::value::{Item, Value};

/// Text from a variable, an argument or a setting as the value that it spells for a key of this kind.
pub(crate) fn parse_as(kind: Kind, text: &str) -> Value {
    let trimmed = text.trim();
    match kind {
        Kind::Bool | Kind::Switch if trimmed.eq_ignore_ascii_case("true") => Value::Bool(true),
        Kind::Bool | Kind::Switch if trimmed.eq_ignore_ascii_case("false") => Value::Bool(false),
        Kind::Int { .. } | Kind::Limit { .. } => match trimmed.parse() {
            Ok(number) => Value::Int(Some(number)),
            Err(_) => Value::Text(text.to_owned()),
        },
        Kind::Decimal { .. } if trimmed.parse::<f64>().is_ok() => Value::Float(trimmed.to_owned()),
        Kind::List { of, .. } => {
            let item = |part: &str| Item { value: parse_as(*of, part.trim()), at: 0..0 };
            Value::Array(text.split(',').filter(|part| !part.trim().is_empty()).map(item).collect())
        }
        _ => Value::Text(text.to_owned()),
    }
}

/// The text of a simple value; `None` for lists and tables.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Float(text) | Value::Datetime(text) => Some(text.clone()),
        Value::Int(number) => number.map(|number| number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

/// A number; TOML allows `_` between its digits.
pub(crate) fn decimal(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => number.map(|number| number as f64),
        Value::Float(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}

/// What to write when the value is right and only its type is wrong.
pub(crate) fn type_hint(kind: Kind, value: &Value) -> Option<String> {
    match (kind, value) {
        (Kind::Bool | Kind::Int { .. } | Kind::Decimal { .. } | Kind::Limit { .. }, Value::Text(text)) => {
            let reads = !matches!(parse_as(kind, text), Value::Text(_));
            reads.then(|| format!("write `{}` without quotes", text.trim()))
        }
        (Kind::Span { .. }, Value::Datetime(text)) => Some(format!("put it in quotes: `\"{text}\"`")),
        (Kind::Text { .. } | Kind::Choice(_), Value::Float(_) | Value::Int(Some(_))) => {
            scalar(value).map(|text| format!("put it in quotes: `\"{text}\"`"))
        }
        (Kind::Tables, Value::Table(_)) => {
            Some("write `[[bindings]]` with two brackets, once per binding".to_owned())
        }
        (Kind::List { .. }, Value::Text(text)) => Some(format!("put it in brackets: `[\"{text}\"]`")),
        (Kind::Scalar, Value::Table(_)) => {
            Some("put a name with dots in quotes; a nested setting is one name: `Outer__Inner`".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::kind::{COUNT, SPAN, TEXT, TEXTS};
    use super::*;

    #[test]
    fn text_of_variables_is_read_by_kind() {
        assert_eq!(parse_as(Kind::Bool, " True "), Value::Bool(true));
        assert_eq!(parse_as(COUNT, "7"), Value::Int(Some(7)));
        assert_eq!(parse_as(COUNT, "seven"), Value::Text("seven".into()));
        assert_eq!(parse_as(TEXT, "7"), Value::Text("7".into()));
        let Value::Array(items) = parse_as(TEXTS, "a, b,") else { panic!("no list") };
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn hints_say_how_to_write_it() {
        let hint = |kind, value: Value| type_hint(kind, &value).unwrap_or_default();
        assert_eq!(hint(COUNT, Value::Text("7".into())), "write `7` without quotes");
        assert_eq!(hint(COUNT, Value::Text("x".into())), "");
        assert_eq!(hint(SPAN, Value::Datetime("00:05:00".into())), "put it in quotes: `\"00:05:00\"`");
        assert_eq!(hint(TEXT, Value::Float("2.0".into())), "put it in quotes: `\"2.0\"`");
        assert_eq!(hint(TEXTS, Value::Text("get".into())), "put it in brackets: `[\"get\"]`");
    }
}
