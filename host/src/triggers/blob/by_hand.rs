//! A call by hand: the function runs for the blob that the caller names, on record or not.

use fnhost_protocol::{
    blob::BlobApi as _,
    bound::BlobCall,
    failure::{Failure, kind},
    invocation::TriggerData,
    json::JsonText,
};

use super::trigger::BlobTriggers;

impl BlobTriggers {
    /// What a call of this function by hand is about: the input is the path of a blob, `"container/name"`.
    ///
    /// # Errors
    /// The input is no path, or one that does not match; there is no such blob; the store cannot be reached.
    pub async fn by_hand(&self, function: &str, input: &JsonText) -> Result<TriggerData, Failure> {
        let wrong = |why: String| Failure::new(kind::WRONG_TYPE, why);
        let source = self.source_of(function);
        let source = source.ok_or_else(|| wrong(format!("`{function}` does not wait for blobs")))?;
        let pattern = &source.pattern;
        let path = input.read::<String>().map_err(|_| {
            wrong(format!(
                "`{function}` is started by a blob; its input is a path that matches `{pattern}`, as text"
            ))
        })?;
        let path = source.path_of(&path).ok_or_else(|| {
            wrong(format!("`{path}` does not match `{pattern}`, which `{function}` waits for"))
        })?;
        let found = self.stores().properties(path.clone()).await;
        let found = found.map_err(|error| Failure::new(kind::BINDING, error.to_string()))?;
        let properties =
            found.ok_or_else(|| Failure::new(kind::BINDING, format!("there is no blob `{path}`")))?;
        let captures = pattern.capture(&path.name).unwrap_or_default();
        Ok(TriggerData::Blob(Box::new(BlobCall { path, properties, captures, attempt: 1 })))
    }
}
