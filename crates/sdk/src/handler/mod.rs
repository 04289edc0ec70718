//! Which functions can be handlers: one trait per kind of trigger, implemented for functions and closures.
//!
//! The marker `M` of each trait is the list of parameter types; it lets one trait be implemented for functions
//! of every arity, and is always inferred.

mod entity;
mod event;
mod http;
mod orchestration;
mod task;

pub use self::http::HttpHandler;
pub use entity::EntityHandler;
pub use event::EventHandler;
pub use orchestration::OrchestrationHandler;
pub use task::TaskHandler;

/// Calls a macro with each list of type parameters from none to eight.
macro_rules! for_each_arity {
    ($implement:ident) => {
        $implement!();
        $implement!(A);
        $implement!(A, B);
        $implement!(A, B, C);
        $implement!(A, B, C, D);
        $implement!(A, B, C, D, E);
        $implement!(A, B, C, D, E, F);
        $implement!(A, B, C, D, E, F, G);
        $implement!(A, B, C, D, E, F, G, H);
    };
}
use for_each_arity;
