//! A store and its database: what goes wrong between them, and what a host says there.

mod connections;
mod link;
mod locks;
mod news;
mod scene;
mod schemas;
