//! Room `bindings`.
