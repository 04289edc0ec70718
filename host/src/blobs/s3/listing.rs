//! Lists and scans.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_s3::{operation::list_objects_v2::ListObjectsV2Output, types::Object};
use fnhost_protocol::blob::{BlobError, BlobItem, BlobPage, BlobPath};
use futures_util::{StreamExt, stream};

use super::{errors::About, place::Spot, reading, store::Shared, version};
use crate::blobs::store::BlobScan;

/// As many as S3 gives at once.
const GROUP: i32 = 1000;

/// Pages that come again are passed over, so many in a row.
const MOST_REPEATED: u32 = 3;

/// One page.
pub(super) async fn page(
    shared: &Shared,
    container: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<BlobPage, BlobError> {
    let spot = Spot::of(&shared.place, container);
    let limit = i32::try_from(limit).unwrap_or(GROUP);
    // What was given as the last name may be before the prefix; then all names with the prefix come after it.
    let after = after.map(|after| spot.key(after));
    let mut page = BlobPage::default();
    let mut from = after;
    // A page may hold nothing that is a blob and yet not be the last.
    loop {
        let answer = ask(shared, container, &spot, prefix, from.clone(), None, limit).await?;
        let is_last = answer.is_truncated() != Some(true);
        let last = answer.contents().last().and_then(Object::key).map(str::to_owned);
        page.items = items(shared, container, &spot, prefix, from.as_deref(), answer).await?;
        if is_last {
            return Ok(page);
        }
        let Some(last) = last.filter(|last| from.as_ref().is_none_or(|from| from < last)) else {
            let why = "a list that says it goes on and gives nothing to go on from";
            return Err(shared.labels.of_nonsense(&About::Container(container), why));
        };
        if let Some(item) = page.items.last() {
            page.next = Some(item.name.clone());
            return Ok(page);
        }
        from = Some(last);
    }
}

/// Everything, page by page. A page is asked for again from its token, so a key that is deleted meanwhile does no harm.
pub(super) fn scan(shared: Arc<Shared>, container: String, prefix: String) -> BlobScan {
    let begin = Scan { shared, spot: None, container, prefix, token: None, last: None, repeated: 0 };
    stream::try_unfold(Some(begin), |scan| async move {
        let Some(mut scan) = scan else { return Ok(None) };
        let (items, is_last) = scan.group().await?;
        Ok(Some((items, (!is_last).then_some(scan))))
    })
    .boxed()
}

struct Scan {
    shared: Arc<Shared>,
    spot: Option<Spot>,
    container: String,
    prefix: String,
    token: Option<String>,
    /// The last key that was given, to know a page that comes twice.
    last: Option<String>,
    /// How many pages in a row had nothing new.
    repeated: u32,
}

impl Scan {
    async fn group(&mut self) -> Result<(Vec<BlobItem>, bool), BlobError> {
        let Self { shared, container, prefix, .. } = self;
        let spot = self.spot.get_or_insert_with(|| Spot::of(&shared.place, container));
        let answer = ask(shared, container, spot, prefix, None, self.token.take(), GROUP).await?;
        let is_last = answer.is_truncated() != Some(true);
        let about = About::Container(container);
        if !is_last {
            let token = answer.next_continuation_token().map(str::to_owned);
            let why = "a list that says it goes on and does not say where";
            self.token = Some(token.ok_or_else(|| shared.labels.of_nonsense(&about, why))?);
        }
        let last = answer.contents().last().and_then(Object::key).map(str::to_owned);
        if is_last || last.is_none() || last > self.last {
            self.repeated = 0;
        } else if self.repeated < MOST_REPEATED {
            self.repeated += 1;
        } else {
            // A list that stands still would never end.
            return Err(shared.labels.of_nonsense(&about, "a list whose pages do not go on"));
        }
        let items = items(shared, container, spot, prefix, self.last.as_deref(), answer).await?;
        self.last = last.max(self.last.take());
        Ok((items, is_last))
    }
}

async fn ask(
    shared: &Shared,
    container: &str,
    spot: &Spot,
    prefix: &str,
    after: Option<String>,
    token: Option<String>,
    limit: i32,
) -> Result<ListObjectsV2Output, BlobError> {
    shared
        .client
        .get()
        .await
        .list_objects_v2()
        .bucket(&spot.bucket)
        .prefix(spot.key(prefix))
        .set_start_after(after)
        .set_continuation_token(token)
        .max_keys(limit)
        .send()
        .await
        .map_err(|error| shared.labels.of_request(&About::Container(container), &error))
}

/// The blobs of an answer: those after `after`, in order, each once, whatever the store says.
async fn items(
    shared: &Shared,
    container: &str,
    spot: &Spot,
    prefix: &str,
    after: Option<&str>,
    answer: ListObjectsV2Output,
) -> Result<Vec<BlobItem>, BlobError> {
    let mut items: Vec<BlobItem> = Vec::with_capacity(answer.contents().len());
    let mut seen = BTreeSet::new();
    for object in answer.contents.unwrap_or_default() {
        let Some(key) = object.key() else {
            let why = "a list with an object that has no key";
            return Err(shared.labels.of_nonsense(&About::Container(container), why));
        };
        if after.is_some_and(|after| key <= after) || !seen.insert(key.to_owned()) {
            continue;
        }
        // Names that end with a slash are folders that some tools make of nothing.
        let Some(name) = spot.name(key).filter(|name| name.starts_with(prefix) && is_blob(name)) else {
            continue;
        };
        let properties = match object.e_tag() {
            Some(tag) => version::properties(Some(tag), object.size(), object.last_modified()),
            // Some stores list no tags; the version needs one.
            None => {
                let at = BlobPath {
                    connection: shared.labels.connection.clone(),
                    container: container.to_owned(),
                    name: name.to_owned(),
                };
                match reading::properties(shared, &at).await? {
                    Some(found) => found,
                    None => continue,
                }
            }
        };
        items.push(BlobItem { name: name.to_owned(), properties });
    }
    items.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(items)
}

/// Whether a key can be named as a blob: S3 takes more than we do.
fn is_blob(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
