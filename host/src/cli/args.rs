//! What can be typed.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use fnhost_protocol::time::Timestamp;

const EXAMPLES: &str = "\
Examples:
  start                               serve the app in this folder on http://127.0.0.1:7071
  start --app ~/shop --port 8080      serve another app on another port
  check                               look for problems without starting anything
  timers --after 2026-03-29T00:00:00Z see what schedules make of the night on which clocks change
  invoke E1_SayHello --data '\"Tokyo\"' run one function and print its result
  keys set host default               make a new key that opens every function

Exit codes: 0 well, 1 the answer is no, 2 wrong arguments, 3 the app is invalid, 4 cannot start, 5 work was cut off";

/// A function host: HTTP functions and durable workflows from a folder, with state in one SQLite file.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start the host and serve the app until it is stopped
    Start(StartArgs),
    /// Read everything, report every problem, start nothing
    Check(CheckArgs),
    /// List the app's functions and what triggers them
    List(ListArgs),
    /// Show when the app's timers run next, in UTC and in their time zones
    Timers(TimersArgs),
    /// Run one function by hand and print its result
    Invoke(InvokeArgs),
    /// Show or set access keys
    Keys(KeysArgs),
    /// Show blobs that were set aside, and run them again or give them up
    Blobs(BlobsArgs),
    /// Write the files of a new app into a folder
    Init(InitArgs),
    /// Add a function folder to the app
    New(NewArgs),
    /// The spelling of Azure's tool: `host start`
    #[command(hide = true)]
    Host {
        #[command(subcommand)]
        command: HostCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum HostCommand {
    /// Start the host and serve the app until it is stopped
    Start(StartArgs),
}

/// Where the app is.
#[derive(Debug, Clone, Args)]
pub(super) struct AppArgs {
    /// Folder of the app: the one with host.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) app: PathBuf,
}

/// Where the state is.
#[derive(Debug, Clone, Args)]
pub(super) struct DatabaseArgs {
    /// Where durable state is kept, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`; default: .fnhost/durable.db of
    /// the app
    #[arg(long, value_name = "URL", env = "FNHOST_DATABASE", hide_env_values = true)]
    pub(super) database: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct StartArgs {
    #[command(flatten)]
    pub(super) app: AppArgs,
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
    /// Port to listen on; 0 takes any free one. Default: localHttpPort of local.settings.toml, or 7071
    #[arg(short, long, value_name = "PORT")]
    pub(super) port: Option<u16>,
    /// Address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(super) address: IpAddr,
    /// Refuse to start when any function has a problem
    #[arg(long)]
    pub(super) strict: bool,
    /// Open every endpoint without a key; only on a loopback address
    #[arg(long)]
    pub(super) no_auth: bool,
    /// Time stands still until POST /admin/clock/advance moves it; begins now, or at the given ISO time
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "now",
          value_parser = parse_virtual_clock)]
    pub(super) virtual_clock: Option<VirtualStart>,
    /// Log every call
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Print one line of JSON to stdout when the host is ready, and write the log as JSON lines
    #[arg(long)]
    pub(super) json: bool,
}

/// When a virtual clock begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VirtualStart {
    Now,
    At(Timestamp),
}

fn parse_virtual_clock(text: &str) -> Result<VirtualStart, String> {
    if text == "now" {
        return Ok(VirtualStart::Now);
    }
    Timestamp::parse(text).map(VirtualStart::At).map_err(|error| error.to_string())
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) app: AppArgs,
    /// Print the problems to stdout as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) app: AppArgs,
    /// Print the functions as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TimersArgs {
    #[command(flatten)]
    pub(super) app: AppArgs,
    /// Only the timer of this name
    #[arg(value_name = "FUNCTION")]
    pub(super) function: Option<String>,
    /// The times after this one instead of now, as in 2026-03-29T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(super) after: Option<Timestamp>,
    /// How many times of each
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) count: u16,
    /// Print the timers as JSON
    #[arg(long)]
    pub(super) json: bool,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

#[derive(Debug, Args)]
pub(super) struct InvokeArgs {
    /// The function to run
    pub(super) function: String,
    #[command(flatten)]
    pub(super) app: AppArgs,
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
    /// Its input, as JSON
    #[arg(short, long, value_name = "JSON", conflicts_with = "file")]
    pub(super) data: Option<String>,
    /// A file with its input, as JSON
    #[arg(short, long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    pub(super) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the names of all keys; values are not kept, only their hashes
    List {
        #[command(flatten)]
        app: AppArgs,
        #[command(flatten)]
        database: DatabaseArgs,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Set a key, or make a random one, and print it
    #[command(after_help = "SCOPE is `master`, `host`, `system`, or the name of a function")]
    Set {
        /// What it opens: master, host, system, or the name of a function
        scope: String,
        /// Its name, `default` when left out; for a system key the extension, such as `durabletask_extension`
        name: Option<String>,
        /// Its value; a random one when left out. Other users of this machine see it while the command runs
        #[arg(long, value_name = "KEY")]
        value: Option<String>,
        #[command(flatten)]
        app: AppArgs,
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

#[derive(Debug, Args)]
pub(super) struct BlobsArgs {
    #[command(subcommand)]
    pub(super) command: BlobsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum BlobsCommand {
    /// Blobs on which their function failed again and again
    Poison {
        #[command(subcommand)]
        command: PoisonCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PoisonCommand {
    /// List them, with their numbers and why they failed
    List {
        /// Those of this function only
        #[arg(long, value_name = "NAME")]
        function: Option<String>,
        #[command(flatten)]
        app: AppArgs,
        #[command(flatten)]
        database: DatabaseArgs,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Run their functions again, as if they had never been tried
    Redrive(ChosenArgs),
    /// Give them up: their functions do not run for these versions any more
    Discard(ChosenArgs),
}

/// Which blobs.
#[derive(Debug, Args)]
pub(super) struct ChosenArgs {
    /// Their numbers, as `blobs poison list` shows them
    #[arg(value_name = "NUMBER", conflicts_with_all = ["all", "function"])]
    pub(super) ids: Vec<i64>,
    /// All of them
    #[arg(long)]
    pub(super) all: bool,
    /// With --all: those of this function only
    #[arg(long, value_name = "NAME", requires = "all")]
    pub(super) function: Option<String>,
    #[command(flatten)]
    pub(super) app: AppArgs,
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder to make
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// What kind of function
    #[arg(short, long, value_enum)]
    pub(super) template: super::new::Template,
    /// Its name, which becomes its folder's name
    #[arg(short, long)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) app: AppArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent_and_help_names_every_command() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        for word in [
            "start",
            "check",
            "list",
            "timers",
            "invoke",
            "keys",
            "blobs",
            "init",
            "new",
            "Examples:",
            "Exit codes",
        ] {
            assert!(help.contains(word), "{word} is missing in:\n{help}");
        }
    }

    #[test]
    fn a_virtual_clock_takes_an_optional_time() {
        let parse =
            |args: &[&str]| match Cli::try_parse_from([&["x", "start"], args].concat()).unwrap().command {
                Command::Start(start) => start.virtual_clock,
                _ => None,
            };
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&["--virtual-clock"]), Some(VirtualStart::Now));
        let at = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        assert_eq!(parse(&["--virtual-clock=2026-01-01T00:00:00Z"]), Some(VirtualStart::At(at)));
        assert!(Cli::try_parse_from(["x", "start", "--virtual-clock=soon"]).is_err());
    }
}
