//! Panics of user code: caught, with their place, and quiet on the host's standard error.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    future::Future,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    pin::Pin,
    sync::Once,
    task::{Context, Poll},
};

use fnhost_protocol::failure::{Failure, kind};
use futures_core::future::BoxFuture;

use crate::places;

thread_local! {
    /// How many frames of user code are on this thread's stack.
    static IN_USER_CODE: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic of user code on this thread began.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs user code; a panic becomes a failure that says where it began.
///
/// What the closure touches must not be used after a panic, or be sound whatever state it was left in.
pub(crate) fn catch<R>(code: impl FnOnce() -> R) -> Result<R, Failure> {
    install_hook();
    // User code may have caught a panic of its own, which left its place.
    PLACE.set(None);
    IN_USER_CODE.set(IN_USER_CODE.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(code));
    IN_USER_CODE.set(IN_USER_CODE.get() - 1);
    result.map_err(|payload| describe(&*payload))
}

/// Polls a future of user code like [`catch`]. After a panic it must not be polled again.
pub(crate) struct Caught<T>(pub(crate) BoxFuture<'static, T>);

impl<T> Future for Caught<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch(|| self.0.as_mut().poll(cx)) {
            Ok(poll) => poll.map(Ok),
            Err(failure) => Poll::Ready(Err(failure)),
        }
    }
}

fn describe(payload: &(dyn Any + Send)) -> Failure {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned());
    let place = PLACE.take();
    let message = match &place {
        Some(place) => format!("the code panicked at {place}: {text}"),
        None => format!("the code panicked: {text}"),
    };
    Failure::new(kind::PANIC, message)
}

/// Panics of user code are reported once, with the invocation that they failed; all others as before.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IN_USER_CODE.get() == 0 {
                previous(info);
            } else {
                PLACE.set(place(info));
            }
        }));
    });
}

fn place(info: &PanicHookInfo<'_>) -> Option<String> {
    info.location().map(places::show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_names_place_and_text() {
        let failure = catch(|| panic!("no {}", "paper")).unwrap_err();
        assert_eq!(failure.kind, kind::PANIC);
        assert!(failure.message.starts_with("the code panicked at "), "{failure}");
        assert!(failure.message.contains("panics.rs:"), "{failure}");
        assert!(failure.message.ends_with(": no paper"), "{failure}");
    }

    #[test]
    fn an_odd_payload_is_no_trouble() {
        let failure = catch(|| std::panic::panic_any(7_u8)).unwrap_err();
        assert!(failure.message.ends_with(": a value that is no text"), "{failure}");
        assert_eq!(catch(|| 1).unwrap(), 1);
    }
}
