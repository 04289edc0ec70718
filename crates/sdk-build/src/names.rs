//! Names of functions, and of the modules that hold them.

use std::collections::HashSet;

/// Whether a folder's name can be a function's.
pub(crate) fn is_function_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.len() <= 128
        && !name.eq_ignore_ascii_case("host")
}

/// The module's name for a folder: `HttpStart` is `http_start`, `E1_SayHello` is `e1_say_hello`.
pub(crate) fn module_name(folder: &str) -> String {
    let mut name = String::with_capacity(folder.len() + 4);
    let chars: Vec<char> = folder.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1).copied();
        // A word begins at a capital letter after a small one (`HttpStart`), and at the last of several (`HTTPStart`).
        let begins_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(char::is_lowercase))
            });
        if begins_word {
            name.push('_');
        }
        name.push(if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if is_reserved(&name) {
        name.push('_');
    }
    name
}

/// The module's name, different from those that are taken.
pub(crate) fn unique_module_name(folder: &str, taken: &mut HashSet<String>) -> String {
    let wanted = module_name(folder);
    let mut name = wanted.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// Words that cannot name a module.
fn is_reserved(name: &str) -> bool {
    [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
        "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
        "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
        "virtual", "where", "while", "yield",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_modules() {
        for (folder, module) in [
            ("Add", "add"),
            ("HttpStart", "http_start"),
            ("HTTPStart", "http_start"),
            ("E1_HelloSequence", "e1_hello_sequence"),
            ("E1_SayHello", "e1_say_hello"),
            ("say-hello", "say_hello"),
            ("Type", "type_"),
            ("Base64Decode", "base64_decode"),
            ("000_scraping", "_000_scraping"),
        ] {
            assert_eq!(module_name(folder), module);
        }
    }

    #[test]
    fn taken_names_get_a_number() {
        let mut taken = HashSet::new();
        assert_eq!(unique_module_name("HttpStart", &mut taken), "http_start");
        assert_eq!(unique_module_name("Http_Start", &mut taken), "http_start_2");
        assert_eq!(unique_module_name("HTTPStart", &mut taken), "http_start_3");
    }

    #[test]
    fn function_names_follow_the_published_rule() {
        for good in ["a", "E1_SayHello", "say-hello", &"x".repeat(128)] {
            assert!(is_function_name(good), "{good}");
        }
        for bad in ["", "1a", "_a", "a b", "ü", "host", "Host", &"x".repeat(129)] {
            assert!(!is_function_name(bad), "{bad}");
        }
    }
}
