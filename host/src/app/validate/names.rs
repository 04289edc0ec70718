//! Names of functions: legal, unique, and those that the host file lists are there.

use std::sync::Arc;

use super::super::discover::Folder;
use crate::config::code::Code;
use crate::config::files;
use crate::config::host_file::HostConfig;
use crate::config::origin::Origin;
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::suggest;

/// What a name may be, for messages.
const RULE: &str = "a letter, then up to 127 letters, digits, `_` or `-`";

/// A name that the host's own routes and settings use.
const RESERVED: &str = "host";

/// What is wrong with the name of this folder.
pub(super) fn check(name: &Arc<str>, file: &str) -> Option<Problem> {
    let mut rest = name.chars();
    let is_legal = rest.next().is_some_and(|first| first.is_ascii_alphabetic())
        && rest.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.len() <= 128;
    let at = || Origin::Path(file.to_owned());
    if !is_legal {
        let message = format!("`{}` is not a name for a function", name.escape_debug());
        return Some(
            Problem::error(Code::BadFunctionName, message, at()).allowed([RULE]).help("rename the folder"),
        );
    }
    name.eq_ignore_ascii_case(RESERVED).then(|| {
        let message = format!("the name `{name}` belongs to the host");
        Problem::error(Code::BadFunctionName, message, at()).allowed([RULE]).help("rename the folder")
    })
}

/// Finds folders of one name; nobody can say which of them is meant, so none of them runs.
pub(in crate::app) fn unique(folders: &[Folder], report: &mut Report) {
    for (index, folder) in folders.iter().enumerate() {
        let same = |other: &&Folder| other.name.eq_ignore_ascii_case(&folder.name);
        if folders[..index].iter().any(|other| same(&other)) {
            continue;
        }
        let others: Vec<&Folder> = folders[index + 1..].iter().filter(same).collect();
        if others.is_empty() {
            continue;
        }
        let message = format!("{} functions are called `{}`", others.len() + 1, folder.name);
        let place = |folder: &Folder| Origin::Path(files::join(&folder.shown, "function.toml"));
        let mut problem = Problem::error(Code::SameFunctionName, message, place(folder))
            .of_function(&folder.name.as_str().into());
        for other in others {
            problem = problem.also_at(place(other), "the same name");
            if other.name != folder.name {
                problem = problem.of_function(&other.name.as_str().into());
            }
        }
        report.push(problem.help("rename folders: case and groups do not tell names apart"));
    }
}

/// Finds names in `functions` of the host file that no folder has.
pub(in crate::app) fn allow_list(config: &HostConfig, folders: &[Folder], report: &mut Report) {
    for wanted in config.functions().unwrap_or_default() {
        if folders.iter().any(|folder| folder.name.eq_ignore_ascii_case(&wanted.name)) {
            continue;
        }
        let names: Vec<&str> = folders.iter().map(|folder| folder.name.as_str()).collect();
        let message = format!("`functions` names `{}`, and there is no such function", wanted.name);
        let problem = Problem::error(Code::UnknownFunction, message, wanted.at.clone());
        report.push(
            problem.maybe_help(suggest::did_you_mean(&wanted.name, names.iter().copied())).allowed(names),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_and_illegal_names() {
        for name in ["a", "Resize", "E1_HelloSequence", "a-b", &"x".repeat(128)] {
            assert!(check(&name.into(), "f").is_none(), "{name}");
        }
        for name in ["", "1a", "_a", "a.b", "a b", "ä", "host", "HOST", &"x".repeat(129)] {
            assert!(check(&name.into(), "f").is_some(), "{name}");
        }
    }
}
