//! The durable management API, in the published form: orchestrations, entities, their links.
//!
//! Served below `/runtime/webhooks/durabletask` and, as first published, `/admin/extensions/DurableTaskExtension`.
//! Clients of Durable Functions rely on paths, statuses, headers and texts; `refusal` holds the bodies of errors.
//!
//! What differs: nobody polls in here, so `timeout` alone makes a start wait; `taskHub` must name this host's hub when
//! it is given, and `connection` is not looked at, because a host has one store; terminate and both purges take
//! `recursive=true` for sub-orchestrations; rewind answers 501 after its checks.

mod control;
mod entities;
mod instances;
mod parameters;
mod raise;
mod refusal;
mod routes;
mod start;
mod target;

pub(super) use routes::DurableRoutes;
