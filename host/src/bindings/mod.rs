//! Data that goes into a call before it runs and out of it afterwards.
//!
//! Every binding of this version is either the trigger itself, the `http` answer, or the `durableClient`, which a
//! handler takes as a parameter: nothing has to be fetched or sent here yet.
