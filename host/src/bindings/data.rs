//! What the expressions of one call are filled in from.

use std::{borrow::Cow, cell::OnceCell};

use fnhost_protocol::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::expression::{Expression, GuidForm, SystemValue};

/// An expression that has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{{{expression}}}` has no value in this call: {why}")]
pub struct Unresolved {
    /// As it was written, without braces.
    pub expression: String,
    /// Why.
    pub why: String,
}

/// The values of one call. Names are found without regard to case.
#[derive(Debug)]
pub struct BindingData<'a> {
    /// The function's name.
    pub function: &'a str,
    /// When the call begins.
    pub now: Timestamp,
    /// Captures or route parameters, and what else the trigger has a name for: also with dots.
    pub values: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Parameters of the query; of those with one name the first counts.
    pub query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Headers.
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The body or input, from whose fields values are taken if it is a JSON object.
    pub body: &'a [u8],
    read: OnceCell<Result<Value, String>>,
}

impl<'a> BindingData<'a> {
    /// Of a call that has nothing but a name.
    pub fn new(function: &'a str, now: Timestamp) -> Self {
        Self {
            function,
            now,
            values: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: b"",
            read: OnceCell::new(),
        }
    }

    pub(super) fn value(&self, expression: &Expression, written: &str) -> Result<String, Unresolved> {
        let unresolved = |why: String| Unresolved { expression: written.to_owned(), why };
        match expression {
            Expression::Value(path) => self.named(path).map_err(unresolved),
            Expression::Query(name) => find(&self.query, name)
                .ok_or_else(|| unresolved(format!("the query has no parameter `{name}`"))),
            Expression::Header(name) => {
                find(&self.headers, name).ok_or_else(|| unresolved(format!("there is no header `{name}`")))
            }
            Expression::RandomGuid(form) => Ok(guid(*form)),
            // What the caller calls so wins.
            Expression::Now(format) => {
                Ok(find(&self.values, "datetime").unwrap_or_else(|| format.write(self.now)))
            }
            Expression::System(SystemValue::MethodName) => Ok(self.function.to_owned()),
            Expression::System(SystemValue::UtcNow) => Ok(self.now.to_string()),
            Expression::System(SystemValue::RandGuid) => Ok(guid(GuidForm::D)),
        }
    }

    fn named(&self, path: &[String]) -> Result<String, String> {
        let name = path.join(".");
        if let Some(found) = find(&self.values, &name) {
            return Ok(found);
        }
        if self.body.is_empty() {
            return Err(self.nothing("there is no body"));
        }
        let read =
            self.read.get_or_init(|| serde_json::from_slice(self.body).map_err(|error| error.to_string()));
        let mut value =
            read.as_ref().map_err(|error| self.nothing(&format!("the body is no JSON ({error})")))?;
        for field in path {
            let Value::Object(fields) = value else {
                return Err(self.nothing(&format!("the body has no field `{name}`")));
            };
            let same = |(key, _): &(&String, _)| key.to_lowercase() == field.to_lowercase();
            let found = fields.get(field).or_else(|| fields.iter().find(same).map(|(_, value)| value));
            value = found.ok_or_else(|| self.nothing(&format!("the body has no field `{name}`")))?;
        }
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(truth) => Ok(truth.to_string()),
            Value::Null => Err(format!("the field `{name}` is null")),
            Value::Array(_) | Value::Object(_) => Err(format!("the field `{name}` is no text and no number")),
        }
    }

    /// Where was looked, and what there is instead.
    fn nothing(&self, body: &str) -> String {
        let names: Vec<_> = self.values.iter().map(|(name, _)| format!("`{name}`")).collect();
        if names.is_empty() {
            body.to_owned()
        } else {
            format!("{body}, and it is none of {}", names.join(", "))
        }
    }
}

fn find(pairs: &[(Cow<'_, str>, Cow<'_, str>)], name: &str) -> Option<String> {
    let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(found.1.clone().into_owned())
}

fn guid(form: GuidForm) -> String {
    let guid = Uuid::new_v4();
    match form {
        GuidForm::N => guid.simple().to_string(),
        GuidForm::D => guid.hyphenated().to_string(),
        GuidForm::B => guid.braced().to_string(),
        GuidForm::P => format!("({})", guid.hyphenated()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::Template;

    fn data() -> BindingData<'static> {
        BindingData {
            values: vec![("name".into(), "a/b".into()), ("Properties.Length".into(), "5".into())],
            query: vec![("id".into(), "7".into()), ("ID".into(), "8".into())],
            headers: vec![("x-tenant".into(), "acme".into())],
            body: br#"{"order":{"Id":12,"paid":true,"tags":[1],"gone":null},"file":"f.txt","name":"other"}"#,
            ..BindingData::new("Resize", Timestamp::parse("2026-03-04T05:06:07Z").unwrap())
        }
    }

    fn resolve(text: &str) -> Result<String, String> {
        Template::parse(text).unwrap().resolve(&data()).map_err(|error| error.to_string())
    }

    #[test]
    fn expressions_are_filled_in() {
        for (text, expected) in [
            ("out/{name}", "out/a/b"),
            ("out/{NAME}-{file}", "out/a/b-f.txt"),
            ("{order.id}/{Order.Paid}", "12/true"),
            ("{properties.length}", "5"),
            ("{Query.id}{headers.X-Tenant}", "7acme"),
            ("{DateTime:yyyyMMdd}/{datetime}", "20260304/2026-03-04T05-06-07Z"),
            ("{sys.MethodName}", "Resize"),
            ("{{name}}", "{name}"),
            ("plain", "plain"),
        ] {
            assert_eq!(resolve(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(resolve("{sys.UtcNow}").unwrap().starts_with("2026-03-04T05:06:07"));
    }

    #[test]
    fn every_guid_is_another() {
        let two = resolve("{rand-guid:N}{sys.RandGuid}").unwrap();
        assert_eq!(two.len(), 32 + 36);
        assert_ne!(two[..32], two[32..].replace('-', ""));
        assert!(resolve("{rand-guid:B}").unwrap().starts_with('{'));
        assert!(resolve("{rand-guid:P}").unwrap().starts_with('('));
    }

    #[test]
    fn what_has_no_value_says_why() {
        for (text, why) in [
            ("{missing}", "the body has no field `missing`, and it is none of `name`, `Properties.Length`"),
            ("{order.missing}", "the body has no field `order.missing`"),
            ("{file.length}", "the body has no field `file.length`"),
            ("{order.tags}", "is no text and no number"),
            ("{order.gone}", "is null"),
            ("{Query.x}", "the query has no parameter `x`"),
            ("{Headers.x}", "there is no header `x`"),
        ] {
            let error = resolve(text).unwrap_err();
            assert!(error.contains(why) && error.contains(text), "{text}: {error}");
        }
        let empty = BindingData { body: b"nonsense", ..BindingData::new("F", Timestamp::EPOCH) };
        let error = Template::parse("{a}").unwrap().resolve(&empty).unwrap_err().to_string();
        assert!(error.contains("the body is no JSON"), "{error}");
    }
}
