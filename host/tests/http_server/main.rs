//! The HTTP server from outside, over raw sockets: what hostile, broken, slow and vanishing peers get, and that
//! honest ones are served meanwhile.
//!
//! Every limit that a test is not about is out of reach (an hour), so what ends a wait is the limit it names. Tests
//! wait for what a peer can see (an answer, the end of the connection) or for what the service reports; none sleeps
//! for a guessed time.

mod answers;
mod bodies;
mod crowds;
mod drains;
mod frames;
mod framing;
mod heads;
mod http2;
mod leaving;
mod peer;
mod placing;
mod scene;
mod slowness;
