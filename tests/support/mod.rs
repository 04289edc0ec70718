//! What builds the scene of a test: a temporary folder, the real binary on a free port, a small HTTP client,
//! patience with an end, and the certainty that no process outlives its test.

#[macro_use]
mod workers;

mod client;
mod command;
mod durable;
mod encode;
mod host;
mod normal;
mod output;
mod random;
mod reaper;
mod request;
mod response;
mod scene;
mod slots;
mod tables;
mod wait;

pub(crate) mod standins;

pub(crate) use client::Client;
pub(crate) use command::{Finished, app_root, functions, run};
pub(crate) use durable::{BASE, Durable, OLD_BASE};
pub(crate) use encode::percent;
pub(crate) use host::Host;
pub(crate) use normal::normal;
pub(crate) use random::Random;
pub(crate) use request::Request;
pub(crate) use response::Response;
pub(crate) use scene::{MASTER_KEY, Scene};
pub(crate) use tables::rows;
pub(crate) use wait::{until, until_within};
