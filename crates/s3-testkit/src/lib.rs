//! An S3 server in memory for tests: a real socket on loopback, real signatures, and failures on demand.
//!
//! ```no_run
//! use s3_testkit::{Fault, Op, S3Server};
//! let server = S3Server::start();
//! server.create_bucket("photos");
//! let connection = server.connection_string(); // s3://KEY:SECRET@127.0.0.1:…?tls=false
//! server.fail(Op::List, Fault::SlowDown); // the next list, once
//! ```
//!
//! It runs on a thread of its own, so that tests with and without a runtime use it alike, and ends when it is dropped.

mod faults;
mod server;
mod service;
mod store;

pub use faults::{Fault, Op};
pub use server::{KEY, S3Server, SECRET};
