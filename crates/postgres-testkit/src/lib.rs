//! A throw-away Postgres server, started from the programs that are installed on the machine.
//!
//! ```no_run
//! let server = postgres_testkit::server(); // the one of this process, started at the first call
//! let url = server.new_database(); // postgres://…, empty
//! ```
//!
//! The server keeps everything in a temporary folder and listens on a socket in it, and nowhere else unless it is asked
//! for [`Encryption`]. It is gone, folder and all, when the process that started it is: however that ends (see
//! `supervisor`). Postgres refuses to run as root; root starts it as another user.
//!
//! Where the programs are is found out; `FNHOST_TEST_POSTGRES_BIN` names another folder.

mod encryption;
mod programs;
mod server;
mod supervisor;
mod user;

pub use encryption::Encryption;
pub use server::{Options, Server, server};
