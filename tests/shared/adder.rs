//! The folder of the app that adds numbers up; its code is `tests/adder`.

use std::{fs, path::Path};

const HTTP: &str = r#"
[[bindings]]
type = "httpTrigger"
name = "req"
authLevel = "anonymous"
methods = ["post"]
route = "add/{id}/{number}"

[[bindings]]
type = "http"
name = "$return"
direction = "out"

[[bindings]]
type = "durableClient"
name = "client"
"#;

/// The host with the app's functions in it.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_adder");

/// Writes the app's folder.
pub(crate) fn write(folder: &Path) {
    let trigger = |kind: &str| format!("[[bindings]]\ntype = \"{kind}\"\nname = \"input\"\n");
    fs::create_dir_all(folder).expect("the folder takes folders");
    fs::write(folder.join("host.toml"), "version = \"2.0\"\n").expect("the folder takes files");
    for (name, file) in [
        ("Add", HTTP.to_owned()),
        ("AddUp", trigger("orchestrationTrigger")),
        ("Double", trigger("activityTrigger")),
        ("Halve", trigger("activityTrigger")),
        ("Relay", trigger("orchestrationTrigger")),
        ("Hold", trigger("activityTrigger")),
        ("Process", trigger("activityTrigger")),
        ("Sum", trigger("entityTrigger")),
        ("Outlast", trigger("orchestrationTrigger")),
        ("Rest", trigger("activityTrigger")),
        ("Survive", trigger("orchestrationTrigger")),
        ("Kill", trigger("activityTrigger")),
        ("KillInTurn", trigger("orchestrationTrigger")),
        ("Walk", trigger("orchestrationTrigger")),
        ("Trap", trigger("entityTrigger")),
    ] {
        fs::create_dir_all(folder.join(name)).expect("the folder takes folders");
        fs::write(folder.join(name).join("function.toml"), file).expect("the folder takes files");
    }
}
