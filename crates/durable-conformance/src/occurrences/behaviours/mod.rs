//! The behaviours, one file per subject.

pub(crate) mod claims;
pub(crate) mod company;
pub(crate) mod ends;
pub(crate) mod lives;
pub(crate) mod receipts;
pub(crate) mod records;
