//! State in Postgres: one app on one host or several, on servers that the tests start and stop.

mod hosts;
mod refusals;
mod restarts;
mod tls;
