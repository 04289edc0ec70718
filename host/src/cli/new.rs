//! `new`: one more function folder, from a template.

use std::{fs, io, path::Path};

use clap::ValueEnum;
use fnhost_sdk::Registry;

use super::{ExitStatus, args::NewArgs};
use crate::{
    config::{Arguments, Environment},
    runtime,
};

/// What kind of function to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// Answers HTTP requests
    Http,
    /// Runs by a schedule
    Timer,
    /// A step of a workflow, run at least once
    Activity,
    /// A durable workflow
    Orchestration,
    /// A small durable object
    Entity,
}

impl Template {
    fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::Http => (include_str!("templates/http.toml"), include_str!("templates/http.rs.txt")),
            Self::Timer => (include_str!("templates/timer.toml"), include_str!("templates/timer.rs.txt")),
            Self::Activity => {
                (include_str!("templates/activity.toml"), include_str!("templates/activity.rs.txt"))
            }
            Self::Orchestration => {
                (include_str!("templates/orchestration.toml"), include_str!("templates/orchestration.rs.txt"))
            }
            Self::Entity => (include_str!("templates/entity.toml"), include_str!("templates/entity.rs.txt")),
        }
    }
}

pub(super) fn run(args: &NewArgs) -> ExitStatus {
    if !is_name(&args.name) {
        eprintln!(
            "error: `{}` is no function name; allowed: a letter, then letters, digits, `_` and `-`, at most 128 \
             characters, and not `host`",
            args.name
        );
        return ExitStatus::Usage;
    }
    let app = &args.app.app;
    if !["host.toml", "host.json"].iter().any(|file| app.join(file).is_file()) {
        eprintln!(
            "error: {} is no app: it has no host.toml; name the app's folder with --app, or make one with `init`",
            app.display()
        );
        return ExitStatus::Failed;
    }
    let folder = app.join("functions").join(&args.name);
    if folder.exists() {
        eprintln!("error: {} exists already; nothing was written", folder.display());
        return ExitStatus::Failed;
    }
    if let Some(taken) = taken(app, &args.name) {
        eprintln!(
            "error: the app has a function `{taken}` already; case and groups do not tell names apart. Nothing was \
             written"
        );
        return ExitStatus::Failed;
    }
    match write(&folder, args) {
        Ok(()) => {
            eprintln!(
                "The function \"{}\" was created successfully from the \"{}\" template: {}",
                args.name,
                args.template
                    .to_possible_value()
                    .map_or_else(String::new, |value| value.get_name().to_owned()),
                folder.display()
            );
            eprintln!("It takes effect when the app is built and started again.");
            ExitStatus::Success
        }
        Err(error) => {
            eprintln!("error: failed to write {}: {error}", folder.display());
            ExitStatus::CannotStart
        }
    }
}

/// The function of the app that has this name already, wherever its folder is. An app that cannot be read is not this
/// command's business: `check` says what is wrong with it.
fn taken(app: &Path, name: &str) -> Option<String> {
    let (environment, arguments) = (Environment::of_process(), Arguments::default());
    let loaded = runtime::load_app(app, &environment, &arguments, &Registry::new(), false).ok()?;
    let served = loaded.functions.iter().map(|function| function.name().to_string());
    served.chain(loaded.left_out).find(|known| known.eq_ignore_ascii_case(name))
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && name.len() <= 128
        && !name.eq_ignore_ascii_case("host")
}

fn write(folder: &Path, args: &NewArgs) -> io::Result<()> {
    let (toml, rust) = args.template.files();
    fs::create_dir_all(folder)?;
    fs::write(folder.join("function.toml"), toml)?;
    fs::write(folder.join("mod.rs"), rust.replace("NAME", &args.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_function_folders() {
        for good in ["A", "a1", "E1_SayHello", "get-weather", &"x".repeat(128)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1a", "_a", "a b", "a/b", "../a", "host", "HOST", "ä", &"x".repeat(129)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
