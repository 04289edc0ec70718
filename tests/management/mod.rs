//! The HTTP management API: what existing clients and tools rely on, status by status and text by text.

mod bases;
mod control;
mod entities;
mod events;
mod ids;
mod keys;
mod list;
mod purge;
mod restart;
mod start;
mod status;

/// A sample orchestration that waits for an event, at most five minutes.
const WAITING: &str = "RegistryOrchestration";
/// A sample orchestration that is done at once.
const SHORT: &str = "E1_HelloSequence";

/// A time as status documents write it: `yyyy-MM-ddTHH:mm:ssZ`, without fraction.
fn is_plain_time(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00Z";
    text.len() == SHAPE.len()
        && SHAPE.iter().zip(text.as_bytes()).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}
