//! A text without what differs from run to run: times and generated ids. What is left must be equal byte for byte.

/// Replaces ISO times by `<time>` and each distinct run of 32 hex digits by `<id N>`, N by order of appearance.
pub(crate) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut ids: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(length) = time_length(rest) {
            out.push_str("<time>");
            rest = &rest[length..];
        } else if let Some(id) = leading_id(rest) {
            let number = ids.iter().position(|known| known == id).unwrap_or_else(|| {
                ids.push(id.to_owned());
                ids.len() - 1
            });
            out.push_str(&format!("<id {number}>"));
            rest = &rest[32..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

/// Length of `2026-01-01T00:00:00[.digits]Z` at the start of the text.
fn time_length(text: &str) -> Option<usize> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    let fits = bytes.len() > SHAPE.len()
        && SHAPE.iter().zip(bytes).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        });
    if !fits {
        return None;
    }
    let mut end = SHAPE.len();
    if bytes[end] == b'.' {
        end += 1 + bytes[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    }
    (bytes.get(end) == Some(&b'Z')).then_some(end + 1)
}

fn leading_id(text: &str) -> Option<&str> {
    let id = text.get(..32)?;
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (id.bytes().all(hex) && !text.as_bytes().get(32).copied().is_some_and(hex)).then_some(id)
}

#[test]
fn times_and_ids_are_replaced_and_all_else_stays() {
    let a = "0123456789abcdef0123456789abcdef";
    let b = "ffff456789abcdef0123456789abcdef";
    let text = format!(
        r#"{{"id":"{a}","t":"2026-01-01T00:00:00.5Z","u":"2026-01-01T00:00:00Z","x":["{b}","{a}",17]}}"#
    );
    assert_eq!(normal(&text), r#"{"id":"<id 0>","t":"<time>","u":"<time>","x":["<id 1>","<id 0>",17]}"#);
}
