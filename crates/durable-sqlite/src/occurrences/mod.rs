//! What came from outside and is to be run exactly once: receipts of all that is known, rows of what is not finished.
//!
//! Every call that writes is one script, so that it is durable after one sync. What is found by a reader first costs
//! nobody a transaction when there is nothing to do.

mod add;
mod claim;
mod finish;
mod lives;
mod poison;
mod receipts;
mod row;
mod states;
mod store;

/// For what must be true of each.
#[cfg(test)]
pub(crate) fn all_statements() -> impl Iterator<Item = &'static str> {
    add::STATEMENTS
        .into_iter()
        .chain(claim::STATEMENTS)
        .chain(finish::STATEMENTS)
        .chain(lives::STATEMENTS)
        .chain(poison::STATEMENTS)
        .chain(receipts::STATEMENTS)
        .chain(states::STATEMENTS)
}
