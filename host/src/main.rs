//! The generic `fnhost` binary.
fn main() {}
