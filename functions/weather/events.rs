//! What the functions of this group call each other.

/// The event that carries the answer to a request.
pub const ANSWER: &str = "weather_async_response";
