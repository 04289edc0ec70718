//! Blocks that are refused, and what is said of them. What is accepted is tried where the SDK can be used.

use quote::quote;

use super::expand;

#[track_caller]
fn refused(item: proc_macro2::TokenStream, message: &str) {
    let error = expand(quote!(), item).expect_err("the block is refused");
    assert_eq!(error.to_string(), message);
}

#[test]
fn only_an_entitys_own_block_will_do() {
    refused(
        quote!(impl Default for Counter { fn default() -> Self { Self } }),
        "`#[entity]` stands above the entity's own `impl` block, whose methods are its operations, not above the `impl` \
         of a trait",
    );
    refused(
        quote!(
            impl<T> Counter<T> {
                fn get(&self) -> T {}
            }
        ),
        "an entity has no type parameters",
    );
    refused(
        quote!(
            struct Counter;
        ),
        "expected `impl`",
    );
    let error = expand(quote!(name = "x"), quote!(impl Counter { fn get(&self) {} })).expect_err("arguments");
    assert_eq!(error.to_string(), "`#[entity]` takes no arguments");
}

#[test]
fn there_must_be_an_operation() {
    let message = "an entity needs at least one operation: a method that takes `&self` or `&mut self`";
    refused(quote!(impl Counter {}), message);
    refused(quote!(impl Counter { fn new() -> Self { Self } const X: u8 = 1; }), message);
}

#[test]
fn operations_have_one_shape() {
    refused(quote!(impl C { fn get(self) {} }), "an operation takes `&self` or `&mut self`");
    refused(quote!(impl C { fn get(self: Box<Self>) {} }), "an operation takes `&self` or `&mut self`");
    refused(quote!(impl C { fn get<T>(&self, x: T) {} }), "an operation has no type parameters");
    let several = "an operation takes at most one input and one `&EntityContext`; put several values into a struct or \
                   tuple";
    refused(quote!(impl C { fn add(&mut self, a: u8, b: u8) {} }), several);
    refused(quote!(impl C { fn add(&mut self, a: &EntityContext, b: &mut sdk::EntityContext) {} }), several);
    refused(
        quote!(impl C { fn add(&mut self, name: &str) {} }),
        "the input of an operation comes from JSON and must be owned: write `String` for `&str`, `Vec<T>` for `&[T]`",
    );
}

#[test]
fn operations_can_be_told_apart() {
    refused(
        quote!(impl C { fn add_item(&mut self) {} fn additem(&mut self) {} }),
        "operations `add_item` and `additem` cannot be told apart: names are compared without case and underscores",
    );
    assert!(
        expand(
            quote!(),
            quote!(impl C { fn r#type(&self) {} fn add(&mut self, ctx: &EntityContext, n: u8) {} })
        )
        .is_ok()
    );
}
