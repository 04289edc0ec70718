//! [`BlobList`]: a list that is fetched page by page.

use std::vec::IntoIter;

use fnhost_protocol::blob::{BlobError, BlobItem, MOST_LISTED};

use super::BlobContainer;

/// The blobs of a list; see [`BlobContainer::list`]. It holds one page at a time.
#[derive(Debug)]
pub struct BlobList {
    container: BlobContainer,
    prefix: String,
    page: IntoIter<BlobItem>,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    /// Begins after this name; from the start with `None`.
    After(Option<String>),
    None,
}

impl BlobList {
    pub(super) fn new(container: BlobContainer, prefix: String) -> Self {
        Self { container, prefix, page: Vec::new().into_iter(), rest: Rest::After(None) }
    }

    /// The next blob; `None` after the last.
    ///
    /// # Errors
    /// There is no such container; the store refuses or cannot be reached. Asking again tries the same page again.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<Vec<String>> {
    /// let mut found = blobs.container("reports").list("");
    /// let mut names = Vec::new();
    /// while let Some(blob) = found.next().await? {
    ///     names.push(blob.name);
    /// }
    /// Ok(names)
    /// # }
    /// ```
    pub async fn next(&mut self) -> Result<Option<BlobItem>, BlobError> {
        loop {
            if let Some(item) = self.page.next() {
                return Ok(Some(item));
            }
            let Rest::After(after) = &self.rest else { return Ok(None) };
            let page = self.container.page(self.prefix.clone(), after.clone(), MOST_LISTED).await?;
            self.rest = page.next.map_or(Rest::None, |next| Rest::After(Some(next)));
            self.page = page.items.into_iter();
        }
    }
}
