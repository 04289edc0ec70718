//! What only this store promises: lock, file, settings, errors of the disk, plans of its SQL.

mod damage;
mod errors;
mod opening;
mod plans;
mod readers;
mod scene;
