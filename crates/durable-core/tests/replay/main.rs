//! Random programs through the whole pure path: begin, replay, apply, a store. However what arrives is interleaved,
//! cut into turns, suspended and evicted, the same comes of it.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod program;
mod properties;
mod world;
