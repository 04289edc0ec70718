//! What stands in the paths of blob triggers and bindings: patterns that are matched, templates that are filled in.
//!
//! Everything here is pure. The app's files are checked with it when they are read; `invoke` fills the templates in before
//! a call, `triggers/blob` matches names.

mod braces;
mod clock_text;
mod data;
mod expression;
mod overlap;
mod pattern;
mod template;

pub use braces::BadText;
pub use data::{BindingData, Unresolved};
pub use expression::{Expression, GuidForm, SystemValue};
pub use overlap::may_overlap;
pub use pattern::PathPattern;
pub use template::Template;
