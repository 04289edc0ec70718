//! The dispatcher on the store in memory and a clock that stands still.

mod desk;
mod runs;
mod scene;
mod stubborn;
mod trouble;
