//! Procedural macros of the fnhost SDK, which documents and re-exports them.

use proc_macro::TokenStream;

mod entity;

/// Makes the methods of an `impl` block the operations of an entity. See `fnhost_sdk::entity`.
#[proc_macro_attribute]
pub fn entity(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entity::expand(arguments.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}
