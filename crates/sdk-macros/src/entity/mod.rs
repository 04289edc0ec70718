//! `#[entity]`: from an `impl` block to an implementation of `fnhost_sdk::Entity`.

mod generate;
mod operation;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{ImplItem, ItemImpl, Result, spanned::Spanned};

use operation::Operation;

/// Reads the block and writes it again, followed by the implementation of the trait.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(syn::Error::new_spanned(arguments, "`#[entity]` takes no arguments"));
    }
    let block: ItemImpl = syn::parse2(item)?;
    if let Some((_, path, _)) = &block.trait_ {
        return Err(syn::Error::new_spanned(
            path,
            "`#[entity]` stands above the entity's own `impl` block, whose methods are its operations, not above the \
             `impl` of a trait",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(&block.generics, "an entity has no type parameters"));
    }
    let operations = operations(&block)?;
    Ok(generate::generate(&block, &operations))
}

/// The methods of the block, checked: at least one, and no two that callers could not tell apart.
fn operations(block: &ItemImpl) -> Result<Vec<Operation>> {
    let mut operations: Vec<Operation> = Vec::new();
    for item in &block.items {
        let ImplItem::Fn(method) = item else { continue };
        let Some(operation) = Operation::of(&method.sig)? else { continue };
        if let Some(other) = operations.iter().find(|other| other.key() == operation.key()) {
            return Err(syn::Error::new(
                operation.name.span(),
                format!(
                    "operations `{}` and `{}` cannot be told apart: names are compared without case and underscores",
                    other.name, operation.name
                ),
            ));
        }
        operations.push(operation);
    }
    if operations.is_empty() {
        return Err(syn::Error::new(
            block.self_ty.span(),
            "an entity needs at least one operation: a method that takes `&self` or `&mut self`",
        ));
    }
    Ok(operations)
}
