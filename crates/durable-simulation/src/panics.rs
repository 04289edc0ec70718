//! Panics that nobody planned: a runtime swallows those of its tasks.

use std::{cell::RefCell, panic, sync::Once};

thread_local! {
    /// Panics of this thread that nobody planned.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Has panics noted, besides what else is done about them, and forgets those of before.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.with_borrow_mut(|panics| panics.push(info.to_string()));
            before(info);
        }));
    });
    PANICS.take();
}

/// The panics of this thread since they were last taken.
pub(crate) fn take() -> Vec<String> {
    PANICS.take()
}
