//! `%NAME%` in the text of host and function files: the value of the setting NAME.

use super::settings::Settings;

/// Text with its settings put in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    pub(crate) text: String,
    /// The settings that were used; messages name them instead of showing their values.
    pub(crate) names: Vec<String>,
}

/// Why a text cannot be expanded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpandError {
    #[error("a percent sign at character {0} has no second one that closes it")]
    Unclosed(usize),
    #[error("there is no setting `{0}`")]
    Missing(String),
}

/// Replaces `%NAME%` by the setting's value and `%%` by a percent sign. Values are not expanded again.
pub(crate) fn expand(text: &str, settings: &Settings) -> Result<Expanded, ExpandError> {
    let mut expanded = Expanded { text: String::with_capacity(text.len()), names: Vec::new() };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        expanded.text.push_str(before);
        let Some((name, tail)) = after.split_once('%') else {
            let at = text.chars().count() - after.chars().count();
            return Err(ExpandError::Unclosed(at));
        };
        if name.is_empty() {
            expanded.text.push('%');
        } else {
            let value = settings.get(name).ok_or_else(|| ExpandError::Missing(name.to_owned()))?;
            expanded.text.push_str(value);
            expanded.names.push(name.to_owned());
        }
        rest = tail;
    }
    expanded.text.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_expand(text: &str) -> Result<String, ExpandError> {
        let settings =
            Settings::from_iter([("Hub".to_owned(), "a%b".to_owned()), ("N".to_owned(), "1".to_owned())]);
        expand(text, &settings).map(|expanded| expanded.text)
    }

    #[test]
    fn names_are_replaced_once() {
        assert_eq!(try_expand("x%hub%y%N%").as_deref(), Ok("xa%by1"));
        assert_eq!(try_expand("100%%").as_deref(), Ok("100%"));
        assert_eq!(try_expand("plain").as_deref(), Ok("plain"));
    }

    #[test]
    fn what_cannot_be_replaced_is_named() {
        assert_eq!(try_expand("a%Missing%"), Err(ExpandError::Missing("Missing".into())));
        assert_eq!(try_expand("50%"), Err(ExpandError::Unclosed(3)));
        assert_eq!(try_expand("ä%N"), Err(ExpandError::Unclosed(2)));
    }
}
