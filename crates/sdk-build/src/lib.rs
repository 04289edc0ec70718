//! sdk-build
