//! One wording for values of a wrong type: what was wanted, what was found, where.

use fnhost_protocol::{failure::Failure, failure::kind, json::JsonText};

use crate::error::Error;

/// How much of a found value is shown.
const EXCERPT_CHARS: usize = 120;

/// The error for a value that is no `T`: `subject` names it ("the result of activity `Add`").
pub(crate) fn wrong_type<T>(subject: &str, found: &JsonText, reason: &serde_json::Error) -> Error {
    let wanted = type_label::<T>();
    let found = excerpt(found.as_str());
    Error::from_failure(Failure::new(
        kind::WRONG_TYPE,
        format!(
            "{subject} is no `{wanted}`: {reason}; found {found}. Change the type in the code, or what is sent."
        ),
    ))
}

/// The beginning of a text.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// The name of a type as one would write it: `alloc::vec::Vec<alloc::string::String>` is `Vec<String>`.
pub(crate) fn type_label<T: ?Sized>() -> String {
    let mut label = String::new();
    for part in
        std::any::type_name::<T>().split_inclusive(|c: char| !(c.is_alphanumeric() || "_:".contains(c)))
    {
        // Each part ends with at most one separator such as `<` or `,`; in front of it stands one path.
        label.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_like_source() {
        assert_eq!(type_label::<String>(), "String");
        assert_eq!(type_label::<Vec<Option<String>>>(), "Vec<Option<String>>");
        assert_eq!(type_label::<(u8, &str)>(), "(u8, &str)");
        assert_eq!(type_label::<std::collections::HashMap<String, [u8; 4]>>(), "HashMap<String, [u8; 4]>");
        assert_eq!(type_label::<()>(), "()");
    }

    #[test]
    fn the_message_names_all_sides() {
        let found = JsonText::of(&vec![1; 100]).unwrap();
        let reason = found.read::<bool>().unwrap_err();
        let error = wrong_type::<bool>("the result of activity `Add`", &found, &reason);
        assert_eq!(error.failure().kind, kind::WRONG_TYPE);
        assert!(
            error.to_string().starts_with(
                "the result of activity `Add` is no `bool`: invalid type: sequence, expected a boolean at line 1"
            ),
            "{error}"
        );
        assert!(error.to_string().contains("… (201 bytes)"), "{error}");
    }
}
