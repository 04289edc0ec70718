//! Folders in, module list or problems out.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::{Output, generate_from};

const HTTP: &str = "[[bindings]]\ntype = \"httpTrigger\"\nname = \"req\"\n";
const CODE: &str = "pub async fn run() {}";

/// A package with these files; a file is written with its content, a function with both of its files.
struct Package(TempDir);

impl Package {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(self, path: &str, content: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn function(self, folder: &str) -> Self {
        self.file(&format!("{folder}/function.toml"), HTTP).file(&format!("{folder}/mod.rs"), CODE)
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn output(&self) -> Output {
        generate_from(self.root()).unwrap()
    }

    /// The registrations, without indentation.
    fn registrations(&self) -> Vec<String> {
        self.output()
            .source
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with('.'))
            .map(str::to_owned)
            .collect()
    }

    fn problems(&self) -> Vec<String> {
        generate_from(self.root()).unwrap_err().iter().map(ToString::to_string).collect()
    }
}

#[test]
fn functions_are_registered_by_kind_in_the_order_of_folders() {
    let package = Package::new()
        .function("shop/Order")
        .file("shop/Ship/function.toml", "[[Bindings]]\nType = \"ACTIVITYTRIGGER\"\n")
        .file("shop/Ship/mod.rs", CODE)
        .function("Home")
        .file(
            "Sum/function.toml",
            "[[bindings]]\ntype=\"durableClient\"\n[[bindings]]\ntype=\"entityTrigger\"\n",
        )
        .file("Sum/mod.rs", CODE)
        .file("Nightly/function.toml", "[[bindings]]\ntype = \"timerTrigger\"\n")
        .file("Nightly/mod.rs", CODE);
    assert_eq!(
        package.registrations(),
        [
            r#".http("Home", "Home/mod.rs", home::run)"#,
            r#".timer("Nightly", "Nightly/mod.rs", nightly::run)"#,
            r#".entity("Sum", "Sum/mod.rs", sum::run)"#,
            r#".http("Order", "shop/Order/mod.rs", shop::order::run)"#,
            r#".activity("Ship", "shop/Ship/mod.rs", shop::ship::run)"#,
        ]
    );
    assert!(package.output().warnings.is_empty());
}

#[test]
fn a_package_that_is_the_functions_folder_says_so_in_its_paths() {
    let package = Package::new().function("functions/shop/Order");
    let output = generate_from(&package.root().join("functions")).unwrap();
    assert!(output.source.contains(r#""functions/shop/Order/mod.rs""#), "{}", output.source);
}

#[test]
fn what_lies_elsewhere_is_no_function() {
    let package = Package::new()
        .function("target/debug/A")
        .function("node_modules/B")
        .function(".git/C")
        .function("src/D")
        .file("data/notes.rs", "")
        .file("main.rs", "")
        .function("E")
        .file("E/parts/mod.rs", "");
    assert_eq!(package.registrations(), [r#".http("E", "E/mod.rs", e::run)"#]);
    assert!(!package.output().source.contains("notes"));
}

#[test]
fn files_of_a_group_are_shared_by_its_functions() {
    let package = Package::new().function("shop/Order").file("shop/prices.rs", "");
    let source = package.output().source;
    assert!(source.contains("pub mod shop {"), "{source}");
    assert!(source.contains("shop/prices.rs\"]\n    pub mod prices;"), "{source}");
}

#[test]
fn incomplete_functions_stop_the_build() {
    let package =
        Package::new().file("shop/Order/function.toml", HTTP).file("shop/Pay/mod.rs", CODE).function("Home");
    assert_eq!(
        package.problems(),
        [
            "shop/Pay/mod.rs has no function.toml beside it and would never run: add shop/Pay/function.toml, or move \
             what functions share to shop/Pay.rs",
            "shop/Order/function.toml has no mod.rs beside it: add shop/Order/mod.rs with `pub async fn run(…)`, or \
             name another function's handler with `entryPoint`",
        ]
    );
}

#[test]
fn code_may_stand_elsewhere() {
    let package = Package::new()
        .function("Order")
        .file("Order2/function.toml", "entryPoint = \"Order\"\n[[bindings]]\ntype = \"httpTrigger\"\n")
        .file("Script/function.toml", "scriptFile = \"run.sh\"\n");
    assert_eq!(package.registrations().len(), 1);
}

#[test]
fn names_must_be_unique_and_legal() {
    let package = Package::new().function("a/Order").function("b/ORDER").function("1st").function("Host");
    assert_eq!(
        package.problems(),
        [
            "1st: `1st` cannot be the name of a function; allowed: a letter, then up to 127 letters, digits, `_`, `-`, \
             and not `host`",
            "Host: `Host` cannot be the name of a function; allowed: a letter, then up to 127 letters, digits, `_`, \
             `-`, and not `host`",
            "two functions are named `ORDER`: a/Order and b/ORDER; names are compared without case, rename one",
        ]
    );
}

#[test]
fn a_function_holds_no_other() {
    let package = Package::new().function("Order").function("Order/parts/Pay");
    assert_eq!(
        package.problems(),
        [
            "Order/parts/Pay lies inside the function folder Order: a function holds no other functions, move it out"
        ]
    );
}

#[test]
fn a_file_may_not_hide_behind_a_folder() {
    let package = Package::new().function("shop/Order").file("shop/order.rs", "");
    assert_eq!(
        package.problems(),
        ["shop/order.rs and a folder beside it are one module to Rust, `order`: rename one"]
    );
}

#[test]
fn modules_of_similar_folders_differ() {
    let package =
        Package::new().function("HttpStart").function("HTTP_Start").function("shop/Order").function("Shop");
    let lines = package.registrations();
    assert_eq!(lines[0], r#".http("HTTP_Start", "HTTP_Start/mod.rs", http_start::run)"#);
    assert_eq!(lines[1], r#".http("HttpStart", "HttpStart/mod.rs", http_start_2::run)"#);
    assert_eq!(lines[3], r#".http("Order", "shop/Order/mod.rs", shop_2::order::run)"#);
}

#[test]
fn a_broken_function_file_is_a_warning_and_keeps_its_function() {
    let package = Package::new()
        .file("Order/function.toml", "[[bindings]]\ntype = \"httpTrigger\"\nname = unquoted\n")
        .file("Order/mod.rs", CODE)
        .file("Tick/function.toml", "[[bindings]]\ntype = \"tickTrigger\"\n")
        .file("Tick/mod.rs", CODE)
        .file("Void/function.toml", "")
        .file("Void/mod.rs", CODE);
    assert_eq!(package.registrations(), [r#".http("Order", "Order/mod.rs", order::run)"#]);
    let warnings = package.output().warnings;
    assert!(warnings[0].starts_with("Order/function.toml is no TOML: "), "{warnings:?}");
    assert!(warnings[0].ends_with("; the host will leave it out"), "{warnings:?}");
    assert_eq!(
        warnings[1..],
        [
            "Tick is compiled but not registered: this SDK knows no `tickTrigger`; known are httpTrigger, \
             timerTrigger, blobTrigger, activityTrigger, manualTrigger, orchestrationTrigger, entityTrigger",
            "Void is compiled but not registered: its function.toml has no binding whose type is a trigger",
        ]
    );
    assert!(
        package.output().source.contains("pub mod tick;"),
        "what is not registered is compiled all the same"
    );
}
