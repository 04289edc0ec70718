//! `init`: the files of a new app.

use std::{fs, io, path::Path};

use super::{ExitStatus, args::InitArgs};

const FILES: [(&str, &str); 3] = [
    ("host.toml", include_str!("templates/host.toml")),
    ("local.settings.toml", include_str!("templates/local.settings.toml")),
    (".gitignore", include_str!("templates/gitignore")),
];

pub(super) fn run(args: &InitArgs) -> ExitStatus {
    let taken: Vec<&str> =
        FILES.iter().map(|(name, _)| *name).filter(|name| args.folder.join(name).exists()).collect();
    if !taken.is_empty() {
        eprintln!(
            "error: {} already holds {}; nothing was written. Choose an empty folder, or add functions with `new`",
            args.folder.display(),
            taken.join(", ")
        );
        return ExitStatus::Failed;
    }
    match write(&args.folder) {
        Ok(()) => {
            let folder = args.folder.display();
            let app = if args.folder == Path::new(".") { String::new() } else { format!(" --app {folder}") };
            eprintln!(
                "a new app is in {folder}; add a function with `new --template http --name Hello{app}`"
            );
            ExitStatus::Success
        }
        Err(error) => {
            eprintln!("error: failed to write {}: {error}", args.folder.display());
            ExitStatus::CannotStart
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("functions"))?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
