//! The published backup sample and its companions: monitor, phone verification, the counter of 2017, the manual start.

mod counter;
mod manual;
mod monitor;
mod phone;
mod site;
