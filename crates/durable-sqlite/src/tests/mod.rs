//! What only this store promises: lock, file, settings, errors of the disk, crashes, plans of its SQL.

mod crash;
mod damage;
mod errors;
mod opening;
mod plans;
mod readers;
mod scene;
