//! The code that `#[entity]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{ItemImpl, spanned::Spanned};

use super::operation::{Operation, Parameter};

/// The block as it was, and the trait.
pub(super) fn generate(block: &ItemImpl, operations: &[Operation]) -> TokenStream {
    let entity = &block.self_ty;
    let table = operations.iter().map(|operation| {
        let (name, reads_only) = (operation.text(), operation.reads_only);
        quote!(::fnhost_sdk::host::Operation { name: #name, reads_only: #reads_only })
    });
    let arms = operations.iter().enumerate().map(|(index, operation)| {
        let call = call(operation);
        quote!(#index => { #call })
    });
    // Errors about a type that is no entity point at the type, not at the attribute.
    let implementation = quote_spanned! { entity.span() =>
        impl ::fnhost_sdk::Entity for #entity
    };
    quote! {
        #[allow(
            clippy::new_ret_no_self,
            clippy::should_implement_trait,
            clippy::wrong_self_convention,
            reason = "operations are named by those who call them"
        )]
        #block

        #[automatically_derived]
        #implementation {
            const OPERATIONS: &'static [::fnhost_sdk::host::Operation] = &[#(#table),*];

            fn operate<'a>(
                &'a mut self,
                operation: usize,
                ctx: &'a mut ::fnhost_sdk::EntityContext,
            ) -> ::core::pin::Pin<::std::boxed::Box<
                dyn ::core::future::Future<Output = ::fnhost_sdk::Result<::fnhost_sdk::EntityReply>>
                    + ::core::marker::Send
                    + 'a,
            >> {
                ::std::boxed::Box::pin(async move {
                    match operation {
                        #(#arms)*
                        _ => ::core::unreachable!("operations are numbered by the table above"),
                    }
                })
            }
        }
    }
}

/// Takes the input, calls the method, and makes the answer.
fn call(operation: &Operation) -> TokenStream {
    let name = &operation.name;
    let input = operation.parameters.iter().find_map(|parameter| match parameter {
        Parameter::Input(ty) => Some(quote_spanned!(ty.span() => let input: #ty = ctx.input()?;)),
        Parameter::Context | Parameter::ContextMut => None,
    });
    let arguments = operation.parameters.iter().map(|parameter| match parameter {
        Parameter::Input(_) => quote!(input),
        Parameter::Context => quote!(&*ctx),
        Parameter::ContextMut => quote!(&mut *ctx),
    });
    let mut result = quote!(self.#name(#(#arguments),*));
    if operation.is_async {
        result = quote!(#result.await);
    }
    if operation.is_fallible {
        result = quote!(#result?);
    }
    quote! {
        #input
        let result = #result;
        ctx.reply(result)
    }
}
