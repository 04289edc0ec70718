//! Watching a container: what the operating system tells of it, as hints.
//!
//! ```text
//! notify's thread ─ signs ─▶ bounded queue ─▶ lookout ─ settling decides ─▶ hints
//!                              │ full: one Rescan in the place of what is lost
//! ```
//!
//! Events are hints and never the truth: they overflow, come twice, or do not come at all (network file systems). Whoever
//! needs every blob scans, at every [`Hint::Rescan`](crate::blobs::Hint::Rescan) and now and then.

mod lookout;
mod settling;
mod signs;

pub(super) use lookout::{Subject, begin};

/// Whether a name is one of those that programs write before they rename: `.x`, `x.tmp`, `x.part`, `x~`.
pub(super) fn is_passed_over(name: &str) -> bool {
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    let hidden = name.split('/').any(|part| part.starts_with('.'));
    hidden || last.ends_with(".tmp") || last.ends_with(".part") || last.ends_with('~')
}

#[cfg(test)]
mod tests {
    use super::is_passed_over;

    #[test]
    fn names_of_half_written_files() {
        for name in [".x", "a/.b", ".git/config", "a.tmp", "a/b.part", "a~"] {
            assert!(is_passed_over(name), "{name}");
        }
        for name in ["x", "a/b.txt", "tmp", "a.tmp/b", "part.a", "a~b", "a.b"] {
            assert!(!is_passed_over(name), "{name}");
        }
    }
}
