//! The commands that are no servers, as people and scripts type them.

mod commands;
mod help;
