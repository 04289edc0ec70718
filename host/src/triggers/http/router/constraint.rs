//! What a parameter's value must be: one constraint, as `int`, `length(2,5)` or `regex(^a+$)`.

use regex::{Regex, RegexBuilder};

use super::datetime::is_datetime;
use super::values::{integer, is_bool, is_decimal, is_float, is_guid, length};

/// One condition on one value.
#[derive(Debug, Clone)]
pub(super) struct Constraint {
    /// As written: two constraints are the same when they are written the same.
    text: String,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Int,
    Long,
    Bool,
    Guid,
    Decimal,
    Float,
    DateTime,
    Alpha,
    Required,
    /// Length from, and to when there is an end.
    Length(usize, Option<usize>),
    /// Value from and to.
    Range(i64, i64),
    Regex(Regex),
}

/// All names, for messages.
const NAMES: &str = "int, long, bool, guid, decimal, double, float, datetime, alpha, required, length(n), length(n,m), \
                     minlength(n), maxlength(n), min(n), max(n), range(n,m), regex(...)";

/// Bytes that one compiled expression may take; matching is linear whatever it says. Enough for `[\w-]{1,64}`, whose
/// classes are those of Unicode.
const REGEX_SIZE: usize = 4 * 1024 * 1024;

impl Constraint {
    /// Reads `name` or `name(arguments)`; an error says what was found and what is allowed.
    pub(super) fn parse(name: &str, arguments: Option<&str>) -> Result<Self, (String, String)> {
        let text = match arguments {
            Some(arguments) => format!("{name}({arguments})"),
            None => name.to_owned(),
        };
        let rule = Rule::parse(&name.to_ascii_lowercase(), arguments)
            .map_err(|allowed| (format!("`{text}`"), allowed))?;
        Ok(Self { text, rule })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether `value`, decoded, meets the condition.
    pub(super) fn allows(&self, value: &str) -> bool {
        match &self.rule {
            Rule::Int => integer(value).is_some_and(|value| i32::try_from(value).is_ok()),
            Rule::Long => integer(value).is_some(),
            Rule::Bool => is_bool(value),
            Rule::Guid => is_guid(value),
            Rule::Decimal => is_decimal(value),
            Rule::Float => is_float(value),
            Rule::DateTime => is_datetime(value),
            Rule::Alpha => value.bytes().all(|byte| byte.is_ascii_alphabetic()),
            Rule::Required => !value.is_empty(),
            Rule::Length(from, to) => {
                let length = length(value);
                length >= *from && to.is_none_or(|to| length <= to)
            }
            Rule::Range(from, to) => integer(value).is_some_and(|value| (*from..=*to).contains(&value)),
            // As in the original: a part of the value is enough unless the expression says otherwise.
            Rule::Regex(regex) => regex.is_match(value),
        }
    }
}

impl Rule {
    fn parse(name: &str, arguments: Option<&str>) -> Result<Self, String> {
        let Some(arguments) = arguments else {
            return match name {
                "int" => Ok(Self::Int),
                "long" => Ok(Self::Long),
                "bool" => Ok(Self::Bool),
                "guid" => Ok(Self::Guid),
                "decimal" => Ok(Self::Decimal),
                "double" | "float" => Ok(Self::Float),
                "datetime" => Ok(Self::DateTime),
                "alpha" => Ok(Self::Alpha),
                "required" => Ok(Self::Required),
                _ => Err(NAMES.to_owned()),
            };
        };
        match name {
            "length" => match numbers(arguments).as_deref() {
                Some([length]) => Ok(Self::Length(*length, Some(*length))),
                Some([from, to]) if from <= to => Ok(Self::Length(*from, Some(*to))),
                _ => Err("length(n) or length(n,m) with whole numbers, the smaller first".to_owned()),
            },
            "minlength" => one(arguments, "minlength").map(|from| Self::Length(from, None)),
            "maxlength" => one(arguments, "maxlength").map(|to| Self::Length(0, Some(to))),
            "min" => one(arguments, "min").map(|from| Self::Range(from, i64::MAX)),
            "max" => one(arguments, "max").map(|to| Self::Range(i64::MIN, to)),
            "range" => match numbers(arguments).as_deref() {
                Some([from, to]) if from <= to => Ok(Self::Range(*from, *to)),
                _ => Err("range(n,m) with whole numbers, the smaller first".to_owned()),
            },
            "regex" => regex(arguments),
            _ => Err(NAMES.to_owned()),
        }
    }
}

/// Whole numbers between commas.
fn numbers<N: std::str::FromStr>(arguments: &str) -> Option<Vec<N>> {
    arguments.split(',').map(|number| number.trim().parse().ok()).collect()
}

fn one<N: std::str::FromStr>(argument: &str, name: &str) -> Result<N, String> {
    argument.trim().parse().map_err(|_| format!("{name}(n) with a whole number"))
}

fn regex(pattern: &str) -> Result<Rule, String> {
    if pattern.is_empty() {
        return Err("regex(...) with an expression".to_owned());
    }
    let built = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_SIZE)
        .nest_limit(64)
        .build();
    built.map(Rule::Regex).map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("an expression that compiles to at most {limit} bytes"),
        _ => "an expression without look-around and back-references (see the `regex` crate's syntax), with braces \
              doubled"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(name: &str, arguments: Option<&str>, yes: &[&str], no: &[&str]) {
        let constraint = Constraint::parse(name, arguments).unwrap();
        for value in yes {
            assert!(constraint.allows(value), "{} should allow {value:?}", constraint.text());
        }
        for value in no {
            assert!(!constraint.allows(value), "{} should not allow {value:?}", constraint.text());
        }
    }

    #[test]
    fn each_constraint_allows_what_it_names() {
        allows("int", None, &["1", "-2147483648", "+5"], &["2147483648", "a", ""]);
        allows("LONG", None, &["2147483648"], &["9223372036854775808"]);
        allows("bool", None, &["True"], &["1"]);
        allows("guid", None, &["0f8fad5b-d9cb-469f-a165-70867728950e"], &["x"]);
        allows("decimal", None, &["1.5"], &["1e3"]);
        allows("double", None, &["1e3"], &["x"]);
        allows("float", None, &["1e3"], &["x"]);
        allows("datetime", None, &["2016-12-31"], &["2016"]);
        allows("alpha", None, &["abcXYZ", ""], &["a1", "ä"]);
        allows("required", None, &["x", " "], &[""]);
        allows("length", Some("2"), &["ab"], &["a", "abc"]);
        allows("length", Some("2, 3"), &["ab", "abc"], &["a", "abcd"]);
        allows("minlength", Some("2"), &["ab", "abc"], &["a"]);
        allows("maxlength", Some("2"), &["", "ab"], &["abc"]);
        allows("min", Some("-1"), &["-1", "0"], &["-2", "x"]);
        allows("max", Some("10"), &["10", "-99"], &["11", "1.5"]);
        allows("range", Some("1,3"), &["1", "3"], &["0", "4", "x"]);
    }

    #[test]
    fn expressions_are_unanchored_and_ignore_case() {
        allows("regex", Some("b+"), &["b", "aBBc"], &["ac"]);
        allows("regex", Some(r"^\d{3}-\d{2}$"), &["123-45"], &["1234-56", "123-45x"]);
    }

    #[test]
    fn what_is_no_constraint_says_what_is() {
        let refused = |name: &str, arguments: Option<&str>| Constraint::parse(name, arguments).unwrap_err();
        assert_eq!(refused("integer", None), ("`integer`".into(), NAMES.into()));
        assert_eq!(refused("int", Some("3")), ("`int(3)`".into(), NAMES.into()));
        assert_eq!(refused("min", None).1, NAMES);
        assert_eq!(refused("min", Some("x")).1, "min(n) with a whole number");
        assert_eq!(refused("length", Some("3,2")).0, "`length(3,2)`");
        assert_eq!(refused("length", Some("-1")).0, "`length(-1)`");
        assert_eq!(refused("range", Some("1")).1, "range(n,m) with whole numbers, the smaller first");
        assert!(refused("regex", Some("(?=a)")).1.contains("look-around"));
        assert!(refused("regex", Some(r"\w{1000}{1000}")).1.contains("at most"));
        assert_eq!(refused("regex", Some("")).1, "regex(...) with an expression");
    }
}
