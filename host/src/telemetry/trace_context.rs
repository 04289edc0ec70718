//! W3C trace context (<https://www.w3.org/TR/trace-context/>): taken from a request, continued, handed on.

use std::fmt;

use uuid::Uuid;

/// One position in a trace: the trace, and the span that the host opened in it.
///
/// ```
/// use fnhost::telemetry::TraceContext;
/// let incoming = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let ours = TraceContext::continuing(Some(incoming)).to_string();
/// assert!(ours.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
/// assert_ne!(ours, incoming);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// A new span in the trace of this `traceparent`; in a new trace when it is absent or malformed, as the standard
    /// asks.
    pub fn continuing(traceparent: Option<&str>) -> Self {
        let (trace, sampled) =
            traceparent.and_then(parse).unwrap_or_else(|| (Uuid::new_v4().as_u128(), false));
        // The low half of a random UUID has a fixed bit at its top, so it is never the forbidden zero.
        let (_, span) = Uuid::new_v4().as_u64_pair();
        Self { trace, span, sampled }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// Trace id and sampled flag of a `traceparent`. A later version may have more fields after the four known ones.
fn parse(text: &str) -> Option<(u128, bool)> {
    let mut parts = text.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well_formed = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    let extra = parts.next().is_some();
    if !well_formed || version == "ff" || (version == "00" && extra) {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok()?;
    let span = u64::from_str_radix(span, 16).ok()?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (trace != 0 && span != 0).then_some((trace, flags & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_parent_is_continued() {
        let ours = TraceContext::continuing(Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        assert_eq!(ours.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert!(ours.to_string().ends_with("-01"));
        assert_eq!(ours.to_string().len(), 55);
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-else";
        assert_eq!(TraceContext::continuing(Some(later)).trace, ours.trace);
    }

    #[test]
    fn a_bad_parent_begins_a_new_trace() {
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
        let (one, other) = (TraceContext::continuing(None), TraceContext::continuing(None));
        assert_ne!(one.trace, other.trace);
    }
}
