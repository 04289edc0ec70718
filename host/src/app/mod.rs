//! The function app: its folders found, its functions validated, held against the compiled handlers, and kept as one
//! immutable generation that everything above reads.
//!
//! `load` is the door: folders (`discover`) become function files as written (`written`), those become functions as
//! needed (`validate`, `function`, `binding`), and what is wrong becomes part of the report that `config` began.
//! Called by `runtime` at start and by the `check` command; the triggers read the functions.

pub mod binding;
pub mod function;
pub mod generation;
pub mod load;
pub mod trigger;

mod binding_type;
mod discover;
mod validate;
mod written;

pub use binding::{Binding, BindingKind, DataType, Direction};
pub use function::{Function, Functions};
pub use generation::{AppGeneration, AppHandle};
pub use load::{LoadOptions, Loaded, RouteCheck, load};
pub use trigger::{AuthLevel, BlobTrigger, HttpTrigger, ManualTrigger, StartFrom, TimerTrigger, Trigger};
