//! One method, as an operation: what it takes and gives.

use syn::{FnArg, Ident, PatType, Result, ReturnType, Signature, Type, spanned::Spanned};

/// A method of an entity.
pub(super) struct Operation {
    pub(super) name: Ident,
    /// What stands between the parentheses, after `self`.
    pub(super) parameters: Vec<Parameter>,
    /// Takes `&self`.
    pub(super) reads_only: bool,
    pub(super) is_async: bool,
    /// Returns a type named `Result`.
    pub(super) is_fallible: bool,
}

/// A parameter of an operation.
pub(super) enum Parameter {
    /// The caller's input.
    Input(Box<Type>),
    /// `&EntityContext`
    Context,
    /// `&mut EntityContext`
    ContextMut,
}

impl Operation {
    /// The operation that a method is; `None` for functions without `self`.
    pub(super) fn of(signature: &Signature) -> Result<Option<Self>> {
        let mut inputs = signature.inputs.iter();
        let Some(FnArg::Receiver(receiver)) = inputs.next() else { return Ok(None) };
        if receiver.reference.is_none() || receiver.colon_token.is_some() {
            return Err(syn::Error::new_spanned(receiver, "an operation takes `&self` or `&mut self`"));
        }
        if let Some(parameter) = signature.generics.params.first() {
            return Err(syn::Error::new_spanned(parameter, "an operation has no type parameters"));
        }
        let mut parameters = Vec::new();
        for argument in inputs {
            let FnArg::Typed(argument) = argument else { continue };
            let parameter = Parameter::of(argument)?;
            let is_input = matches!(parameter, Parameter::Input(_));
            if parameters.iter().any(|other| matches!(other, Parameter::Input(_)) == is_input) {
                return Err(syn::Error::new_spanned(
                    argument,
                    "an operation takes at most one input and one `&EntityContext`; put several values into a struct or \
                     tuple",
                ));
            }
            parameters.push(parameter);
        }
        Ok(Some(Self {
            name: signature.ident.clone(),
            parameters,
            reads_only: receiver.mutability.is_none(),
            is_async: signature.asyncness.is_some(),
            is_fallible: is_result(&signature.output),
        }))
    }

    /// The name as it is compared.
    pub(super) fn key(&self) -> String {
        self.text().chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
    }

    /// The name as callers may write it.
    pub(super) fn text(&self) -> String {
        let name = self.name.to_string();
        name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
    }
}

impl Parameter {
    fn of(argument: &PatType) -> Result<Self> {
        let Type::Reference(reference) = &*argument.ty else {
            return Ok(Self::Input(argument.ty.clone()));
        };
        if !last_segment_is(&reference.elem, "EntityContext") {
            return Err(syn::Error::new(
                argument.ty.span(),
                "the input of an operation comes from JSON and must be owned: write `String` for `&str`, `Vec<T>` for \
                 `&[T]`",
            ));
        }
        Ok(if reference.mutability.is_some() { Self::ContextMut } else { Self::Context })
    }
}

fn is_result(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if last_segment_is(ty, "Result"))
}

fn last_segment_is(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == name))
}
