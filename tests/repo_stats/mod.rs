//! The pipeline of repository statistics, against stand-ins of GitHub, mail and webhook: numbers in names are those of the
//! list of cases in the reference.

mod databases;
mod failures;
mod outside;
mod runs;
mod stage;
mod starts;
mod throughput;
