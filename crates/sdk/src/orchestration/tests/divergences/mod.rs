//! Code that does not do what its history says: each way is found, the event is named, and both sides.

mod case;
mod runs;
mod tables;
