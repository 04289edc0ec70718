//! A connection to a database, beside those of the host: to count, and to fill.

use futures_util::future::BoxFuture;

/// An open connection.
pub(crate) trait Connection: Send {
    /// The one number that a query answers.
    fn number<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, anyhow::Result<i64>>;

    /// All numbers that a query answers, one in a row.
    fn numbers<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<i64>>>;

    /// The columns of a table; none when there is no such table.
    fn columns<'a>(&'a mut self, table: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<String>>>;

    /// Runs statements in one transaction.
    fn transact<'a>(&'a mut self, statements: &'a [String]) -> BoxFuture<'a, anyhow::Result<()>>;

    /// Ends it after much was written: all of it is on the disk, so that nobody else waits for it later.
    fn filled(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>>;

    /// Ends it.
    fn close(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>>;

    /// A query for how many instances have inputs whose keys come after this one.
    fn inputs_after(&self, key: i64) -> String;

    /// A table of the numbers from 0 on, so many, in the column `n`.
    fn counted(&self, count: u64) -> String;

    /// An expression for a number as 32 hexadecimal digits.
    fn hex(&self, number: &str) -> String;
}
