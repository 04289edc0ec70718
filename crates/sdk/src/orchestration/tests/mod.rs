//! History in, actions out.

mod awaiting;
mod calls;
mod divergences;
mod ending;
mod events;
mod joins;
mod kit;
mod random;
mod suspension;
mod timers;
mod values;
