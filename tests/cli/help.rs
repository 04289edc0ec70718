//! What the program says about itself.

use crate::support::functions;

const COMMANDS: [&str; 7] = ["start", "check", "list", "invoke", "keys", "init", "new"];

#[test]
fn help_mentions_every_command_and_every_command_has_help() {
    for flag in ["--help", "-h"] {
        let help = functions([flag]).expect_success().stdout;
        for command in COMMANDS {
            assert!(help.contains(command), "{command} is missing in:\n{help}");
        }
    }
    for command in COMMANDS {
        let help = functions([command, "--help"]).expect_success().stdout;
        assert!(help.contains("Usage:"), "{command}: {help}");
    }
    let start = functions(["start", "--help"]).expect_success().stdout;
    for option in
        ["--app", "--port", "--address", "--database", "--no-auth", "--virtual-clock", "--json", "--strict"]
    {
        assert!(start.contains(option), "{option} is missing in:\n{start}");
    }
}

#[test]
fn the_version_is_told() {
    let version = functions(["--version"]).expect_success().stdout;
    assert!(version.contains(char::is_numeric), "{version}");
}

#[test]
fn wrong_arguments_are_told_with_the_right_ones() {
    for arguments in [&["strat"][..], &["start", "--prot", "1"], &["start", "--port", "x"], &["invoke"], &[]]
    {
        let finished = functions(arguments).expect_failure();
        assert_eq!(finished.code, Some(2), "{arguments:?}: {}", finished.stderr);
        assert!(
            finished.stderr.contains("Usage") || finished.stderr.contains("--help"),
            "{}",
            finished.stderr
        );
        assert!(finished.stdout.is_empty(), "{}", finished.stdout);
    }
    assert!(functions(["strat"]).stderr.contains("start"), "a near miss is guessed");
}
