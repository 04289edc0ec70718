//! The published companions of the backup sample: monitor, phone verification, the counter of 2017, the manual start.

mod counter;
mod manual;
mod monitor;
mod phone;
