//! The code is what the map says: rooms import only from rooms below them, and each library has one door.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Rooms in floor order, as `src/lib.rs` declares them.
fn rooms() -> Vec<String> {
    fs::read_to_string(source().join("lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    rust_files(folder, &mut found);
    found.sort();
    found
}

/// The first segments after `crate::` in a file, also inside `use crate::{a::…, b::…}`.
fn rooms_used(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => used.extend(first_word(rest)),
            Some(list) => {
                let mut depth = 1;
                let mut begins = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' => begins |= depth == 1,
                        c if begins && depth == 1 && c.is_ascii_alphabetic() => {
                            used.extend(first_word(&list[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
    }
    used
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

#[test]
fn imports_are_found_in_every_spelling() {
    let text = "use crate::a::b;\nuse crate::{c, d::{e, f}, g::h};\nlet x = crate::i::j();";
    assert_eq!(rooms_used(text), ["a", "c", "d", "g", "i"]);
}

#[test]
fn rooms_look_down_only() {
    let rooms = rooms();
    assert!(rooms.len() > 8, "lib.rs declares its rooms as `pub mod room;`");
    let floor = |room: &str| rooms.iter().position(|known| known == room);
    let mut wrong = Vec::new();
    for (own, room) in rooms.iter().enumerate() {
        for file in files_below(&source().join(room)) {
            for used in rooms_used(&fs::read_to_string(&file).unwrap()) {
                if floor(&used).is_none_or(|other| other > own) {
                    wrong.push(format!("{} of room `{room}` uses `{used}`", file.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a room imports only rooms declared before it in lib.rs:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn each_library_has_one_door() {
    let doors: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("hyper::", &["host/src/http_server", "benches", "crates/s3-testkit"][..]),
        ("hyper_util::", &["host/src/http_server", "functions/web.rs", "benches", "crates/s3-testkit"]),
        ("sqlx::", &["crates/durable-sqlite", "crates/durable-postgres", "functions", "benches"]),
        ("aws_sdk_s3::", &["host/src/blobs/s3"]),
        ("use notify::", &["host/src/blobs/local"]),
        ("s3s::", &["crates/s3-testkit"]),
        ("clap::", &["host/src/cli", "benches"]),
        ("blake3::", &["host/src/keys"]),
        ("tokio_cron_scheduler::", &["host/src/triggers/timer"]),
    ]);
    let root = workspace();
    let mut wrong = Vec::new();
    for folder in ["host/src", "crates", "functions"] {
        for file in files_below(&root.join(folder)) {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).unwrap();
            for (library, allowed) in &doors {
                if !allowed.iter().any(|door| path.starts_with(door)) && text.contains(library) {
                    wrong.push(format!("{path} uses {library}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Crates by floor; a crate depends only on those of lower floors, and on none beside it.
const FLOORS: [&[&str]; 5] = [
    &["fnhost-protocol", "fnhost-sdk-macros", "fnhost-sdk-build", "postgres-testkit", "s3-testkit"],
    &["durable-core", "fnhost-sdk"],
    &["durable-engine", "durable-sqlite", "durable-postgres", "durable-conformance"],
    &["fnhost", "durable-simulation"],
    &["functions", "fnhost-benches"],
];

#[test]
fn crates_depend_downwards_only() {
    let root = workspace();
    let floor_of = |name: &str| FLOORS.iter().position(|floor| floor.contains(&name));
    let mut manifests: Vec<PathBuf> = fs::read_dir(root.join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("Cargo.toml"))
        .chain([
            root.join("host/Cargo.toml"),
            root.join("functions/Cargo.toml"),
            root.join("benches/Cargo.toml"),
        ])
        .collect();
    manifests.sort();
    let mut wrong = Vec::new();
    for manifest in manifests {
        let text = fs::read_to_string(&manifest).unwrap();
        let parsed: toml::Table = text.parse().unwrap();
        let name = parsed["package"]["name"].as_str().unwrap().to_owned();
        let Some(own) = floor_of(&name) else {
            wrong.push(format!("{name} stands on no floor of this test"));
            continue;
        };
        // What only runs as a test stands on what it tests.
        let table = if parsed.contains_key("dependencies") { "dependencies" } else { "dev-dependencies" };
        for dependency in parsed[table].as_table().unwrap().keys() {
            if floor_of(dependency).is_some_and(|other| other >= own) {
                wrong.push(format!("{name} depends on {dependency}, which does not stand below it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_outgrows_its_subject() {
    let root = workspace();
    let mut long = Vec::new();
    for folder in ["host", "crates", "functions", "tests", "benches"] {
        for file in files_below(&root.join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            if lines > 400 {
                long.push(format!("{lines} lines: {}", file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(long.is_empty(), "look for the second subject in:\n{}", long.join("\n"));
}
