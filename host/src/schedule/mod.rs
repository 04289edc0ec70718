//! The language of schedules: NCRONTAB as Azure reads it, time-spans, and when they are due in a time zone.
//!
//! ```text
//! text ── parse ──▶ Schedule { fields as bit sets | span } ── next_after(now, zone) ──▶ the next time in UTC
//! ```
//!
//! Pure: no clock, no configuration, nothing that waits. Room `app` parses what function files say and turns errors into
//! problems with their places; the timer trigger asks for times. Why the language is read by own code is in
//! `docs/decisions/0036-schedules-are-read-by-own-code.md`.

mod cron;
mod error;
mod field;
mod next;
mod parse;
mod set;
mod zone;

#[cfg(test)]
mod tests;

pub use error::{Remark, ScheduleError};
pub use next::Schedule;
pub use zone::{UnknownZone, Zone};
