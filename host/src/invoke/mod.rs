//! Room `invoke`.
