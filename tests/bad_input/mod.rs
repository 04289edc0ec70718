//! What no well-behaved client sends. Each time: the right refusal, nothing stored, and the host stays up.

mod bodies;
mod framing;
mod targets;
