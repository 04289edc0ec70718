//! History in, actions out.

mod awaiting;
mod bounded;
mod calls;
mod divergences;
mod ending;
mod events;
mod joins;
mod kit;
mod nesting;
mod random;
mod retries;
mod retry_policies;
mod suspension;
mod timers;
mod values;
