//! For hosts: what it takes to run the handlers of a [`Registry`](crate::Registry).

pub use crate::{
    call::Services,
    entity::Operation,
    handler::{EntityHandler, EventHandler, HttpHandler, OrchestrationHandler, TaskHandler},
    orchestration::{Execution, RetryDefaults},
    places::show_places_below,
    registry::Duplicate,
};
