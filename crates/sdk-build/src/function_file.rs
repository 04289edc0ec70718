//! Reading the little of a `function.toml` that decides how its handler is registered. The host reads all of it,
//! and reports what is wrong with file, line and hint; here, what can be known is enough.

use toml::{Table, Value};

/// What decides how a handler is registered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FunctionFile {
    /// The `type` of the first binding that is a trigger.
    pub(crate) trigger: Option<String>,
    /// Whether the code stands elsewhere: `entryPoint` or `scriptFile` is given.
    pub(crate) code_is_elsewhere: bool,
    /// Why the file is no TOML.
    pub(crate) error: Option<String>,
}

impl FunctionFile {
    /// Reads the file; from one that is broken, what its lines say.
    pub(crate) fn read(text: &str) -> Self {
        // A byte order mark is what some editors begin with.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match text.parse::<Table>() {
            Ok(table) => Self {
                trigger: triggers(&table).next(),
                code_is_elsewhere: names_other_code(&table),
                error: None,
            },
            Err(error) => Self {
                trigger: text.lines().find_map(trigger_in_line),
                code_is_elsewhere: false,
                error: Some(error.message().to_owned()),
            },
        }
    }
}

/// Keys are compared without case.
fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

fn triggers(table: &Table) -> impl Iterator<Item = String> {
    let bindings = get(table, "bindings").and_then(Value::as_array);
    let types =
        bindings.into_iter().flatten().filter_map(|binding| get(binding.as_table()?, "type")?.as_str());
    types.filter(|name| is_trigger(name)).map(str::to_owned)
}

fn names_other_code(table: &Table) -> bool {
    ["entryPoint", "scriptFile"].iter().any(|key| get(table, key).is_some())
}

/// `type = "httpTrigger"` in a file that is broken elsewhere.
fn trigger_in_line(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    let value = value.split('#').next()?.trim().trim_matches(['"', '\'']);
    (key.trim().eq_ignore_ascii_case("type") && is_trigger(value)).then(|| value.to_owned())
}

fn is_trigger(binding_type: &str) -> bool {
    binding_type.to_ascii_lowercase().ends_with("trigger")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trigger_need_not_be_the_first_binding() {
        let file = FunctionFile::read("[[bindings]]\ntype = \"durableClient\"\n[[Bindings2]]\n");
        assert_eq!(file.trigger, None);
        let file = FunctionFile::read(
            "\u{feff}[[Bindings]]\nType = \"durableClient\"\n[[Bindings]]\nType = \"ActivityTrigger\"\n",
        );
        assert_eq!(
            file,
            FunctionFile {
                trigger: Some("ActivityTrigger".to_owned()),
                code_is_elsewhere: false,
                error: None
            }
        );
    }

    #[test]
    fn a_broken_file_still_tells_its_trigger() {
        let file =
            FunctionFile::read("disabled = perhaps\n[[bindings]]\ntype = \"httpTrigger\" # the way in\n");
        assert_eq!(file.trigger.as_deref(), Some("httpTrigger"));
        assert!(file.error.is_some());
    }

    #[test]
    fn code_may_be_elsewhere() {
        assert!(FunctionFile::read("entryPoint = \"Other\"").code_is_elsewhere);
        assert!(FunctionFile::read("scriptFile = \"run.sh\"").code_is_elsewhere);
    }
}
