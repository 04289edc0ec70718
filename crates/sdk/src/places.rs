//! Places in the source, as messages show them: below the app's folder, not below some folder of the machine that
//! built it.

use std::{panic::Location, path::Path, sync::OnceLock};

/// The folder that places are shown below.
static ROOT: OnceLock<String> = OnceLock::new();

/// Shows places in the source relative to this folder from now on: in panics and errors of functions, whose modules
/// are compiled in by their whole path. Called by the `registry()` of `fnhost_sdk::functions!()`; only the first call
/// counts.
///
/// ```
/// fnhost_sdk::host::show_places_below(env!("CARGO_MANIFEST_DIR"));
/// ```
pub fn show_places_below(folder: &str) {
    ROOT.get_or_init(|| folder.to_owned());
}

/// `file:line` of a place.
pub(crate) fn show(location: &Location<'_>) -> String {
    format!("{}:{}", below(location.file(), ROOT.get().map(String::as_str)), location.line())
}

fn below<'a>(file: &'a str, root: Option<&str>) -> &'a str {
    let relative = root.and_then(|root| Path::new(file).strip_prefix(root).ok()).and_then(Path::to_str);
    relative.unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn files_of_the_app_are_shown_below_it() {
        let root = Some("/home/zork/shop");
        assert_eq!(below("/home/zork/shop/functions/Add/mod.rs", root), "functions/Add/mod.rs");
        assert_eq!(below("/home/zork/shopping/src/lib.rs", root), "/home/zork/shopping/src/lib.rs");
        assert_eq!(below("src/lib.rs", root), "src/lib.rs");
        assert_eq!(below("/home/zork/shop/a.rs", None), "/home/zork/shop/a.rs");
    }
}
