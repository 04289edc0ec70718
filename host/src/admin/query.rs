//! Query parameters, read as the published clients write them.

use std::time::Duration;

use fnhost_protocol::time::Timestamp;

/// Why a parameter is refused; the text names it, and says what was found and what is allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}`: {why}")]
pub(super) struct BadParameter {
    name: &'static str,
    why: String,
}

/// The parameters of a request; names are compared without case.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The values of a parameter, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// A text that is stored, empty when absent.
    pub(super) fn text(&self, name: &'static str) -> Result<String, BadParameter> {
        let text = self.get(name).unwrap_or_default();
        if text.contains('\0') {
            return Err(BadParameter { name, why: "the character U+0000 is not allowed".to_owned() });
        }
        Ok(text.to_owned())
    }

    /// `true` or `false` in any case; whatever else is there counts as absent, as it does in the original.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        match self.get(name).map(str::trim) {
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            _ => default,
        }
    }

    /// A whole number above 0.
    pub(super) fn count(&self, name: &'static str) -> Result<Option<u32>, BadParameter> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let count = text.trim().parse().ok().filter(|count| *count > 0);
        let bad = || BadParameter { name, why: format!("`{text}` is not a whole number above 0") };
        count.map(Some).ok_or_else(bad)
    }

    /// Seconds, with decimals.
    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<Duration>, BadParameter> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let seconds: Option<f64> = text.trim().parse().ok();
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let bad = || BadParameter { name, why: format!("`{text}` is not a number of seconds") };
        duration.map(Some).ok_or_else(bad)
    }

    /// A point in time. Without an offset it is UTC; without a time it is the beginning of the day.
    pub(super) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, BadParameter> {
        let Some(text) = self.get(name).map(str::trim) else { return Ok(None) };
        let forms = [
            text.to_owned(),
            format!("{text}Z"),
            format!("{text}T00:00:00Z"),
            // A `+` that was not encoded has become a space.
            text.replace(' ', "+"),
        ];
        match forms.iter().find_map(|form| Timestamp::parse(form).ok()) {
            Some(time) => Ok(Some(time)),
            None => {
                let why = Timestamp::parse(text).err().map(|error| error.to_string()).unwrap_or_default();
                Err(BadParameter { name, why })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_texts() {
        let query = Query::parse("A=True&b=FALSE&c=1&d=&reason=a+b%26c&reason=second");
        assert!(query.flag("a", false) && !query.flag("B", true));
        assert!(query.flag("c", true) && !query.flag("c", false) && query.flag("d", true));
        assert_eq!(query.text("reason").as_deref(), Ok("a b&c"));
        assert_eq!(query.text("none").as_deref(), Ok(""));
        let error = Query::parse("reason=%00").text("reason").unwrap_err();
        assert_eq!(error.to_string(), "`reason`: the character U+0000 is not allowed");
    }

    #[test]
    fn numbers() {
        let query = Query::parse("top=50&zero=0&neg=-1&t=1.5&nan=NaN&inf=1e400");
        assert_eq!(query.count("top"), Ok(Some(50)));
        assert_eq!(query.count("absent"), Ok(None));
        for name in ["zero", "neg", "t"] {
            assert!(query.count(name).is_err(), "{name}");
        }
        assert_eq!(query.seconds("t"), Ok(Some(Duration::from_millis(1500))));
        for name in ["neg", "nan", "inf"] {
            assert!(query.seconds(name).is_err(), "{name}");
        }
        assert_eq!(query.count("zero").unwrap_err().to_string(), "`zero`: `0` is not a whole number above 0");
    }

    #[test]
    fn times() {
        let noon = Timestamp::parse("2026-01-31T12:00:00Z").unwrap();
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.000000Z",
            "2026-01-31T12:00:00",
            "2026-01-31T13:00:00%2B01:00",
            "2026-01-31T13:00:00+01:00",
        ] {
            assert_eq!(Query::parse(&format!("from={text}")).time("from"), Ok(Some(noon)), "{text}");
        }
        let midnight = Timestamp::parse("2026-01-31T00:00:00Z").unwrap();
        assert_eq!(Query::parse("from=2026-01-31").time("from"), Ok(Some(midnight)));
        assert_eq!(
            Query::parse("from=soon").time("from").unwrap_err().to_string(),
            "`from`: `soon` is not a time; allowed: ISO 8601 such as 2026-01-31T18:00:00Z"
        );
    }
}
