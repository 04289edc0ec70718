//! Azure route templates: which function a method and a path belong to, and the values in the path.
//!
//! Built once per generation of the app from all HTTP bindings, then only read; a reload builds the next table and
//! swaps it in as a whole. Existing routers take these templates and mean something else by them, so this one is ours.
//!
//! The rules, where they are not obvious:
//! * Literals are compared without regard to ASCII case. A trailing `/` is nothing; any other empty segment matches
//!   no literal and no parameter, and a catch-all does not begin with one.
//! * Segments are split before they are decoded, so `%2F` stays inside its value. `.` and `..` are names like others.
//! * Precedence is decided segment by segment: literal, then mixed or constrained, then plain, then constrained
//!   catch-all, then catch-all; among equals the route that was added first.
//! * A method that is not bound is no match. `HEAD` is answered by a route that has `GET`, unless one of the same template
//!   names `HEAD`; a route that has every method is not preferred to one that has `GET` and goes before it.

mod constraint;
mod datetime;
mod errors;
mod methods;
mod mixed;
mod parameter;
mod path;
mod table;
mod template;
mod trie;
mod values;

#[cfg(test)]
mod tests;

pub use errors::RouteError;
pub use methods::Methods;
pub use path::PathError;
pub use table::{Builder, Match, RouteTable};
