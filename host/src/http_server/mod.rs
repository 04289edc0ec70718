//! The one door to hyper: a listener goes in, requests come out, and nothing a peer does can hold the host.
//!
//! [`HttpServer`] serves HTTP/1.1 and HTTP/2 (prior knowledge) on one port and hands each request to one
//! [`HttpService`]. Whoever implements that trait sees plain `http` types, a [`RequestBody`] whose every wait is
//! bounded, and answers with a [`ResponseBody`]; errors become responses through [`Problem`] and nowhere else.
//!
//! ```text
//! server ── accepts, caps, drains
//!   └ registry ── one Connection per socket: its clocks, its waker
//!       └ connection ── drives hyper and one alarm per connection (deadlines)
//!           ├ socket ── bytes in and out: when what was read, who is stalled (framing: where messages end)
//!           └ gateway ── one request: checks ─▶ HttpService ─▶ answer, made safe to send
//! ```
//!
//! Why the clocks are ours and not hyper's: hyper arms a timer for every request; ours are one alarm per connection
//! that is moved only when a deadline comes nearer, so a busy connection costs no timer at all.
//!
//! The other side of the door, [`send_local`], is for the command line, which talks to a host that runs already.

mod alarm;
mod answer;
mod checks;
mod connection;
mod deadlines;
mod framing;
mod gateway;
mod limits;
mod lines;
mod local_client;
mod problem;
mod registry;
mod reject;
mod request_body;
mod response_body;
mod server;
mod service;
mod socket;
mod streams;

pub use limits::{Http2Limits, Limits};
pub use local_client::send_local;
pub use problem::Problem;
pub use request_body::{BodyError, RequestBody};
pub use response_body::{BoxError, ResponseBody};
pub use server::{HttpServer, Placement, Summary};
pub use service::{ConnectionInfo, HttpService, Response, ServiceFuture};
