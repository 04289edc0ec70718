//! Stand-ins for what the sample app asks on the internet: each a server on a free port of this machine, which keeps a
//! log of what it was asked and can be told to fail.

mod github;
mod mail;
mod nuget;
mod server;
mod smtp;
mod sms;
mod weather;
mod webhook;

pub(crate) use github::{GitHub, Repo};
pub(crate) use mail::MailApi;
pub(crate) use nuget::NuGet;
pub(crate) use server::{Answer, Call, overlap};
pub(crate) use sms::SmsSink;
pub(crate) use smtp::SmtpSink;
pub(crate) use weather::Weather;
pub(crate) use webhook::Webhook;
