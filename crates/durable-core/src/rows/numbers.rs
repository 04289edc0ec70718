//! What stands in a column for one of a few names. These are stored: they are only ever added to.

use fnhost_protocol::status::{InstanceQuery, RuntimeStatus};

use crate::{model::InstanceKind, store::KeyScope};

/// Statuses in the order of their numbers.
const STATUSES: [RuntimeStatus; 6] = [
    RuntimeStatus::Pending,
    RuntimeStatus::Running,
    RuntimeStatus::Suspended,
    RuntimeStatus::Completed,
    RuntimeStatus::Failed,
    RuntimeStatus::Terminated,
];

/// The number of a status.
pub fn status_number(status: RuntimeStatus) -> i16 {
    match status {
        RuntimeStatus::Pending => 0,
        RuntimeStatus::Running => 1,
        RuntimeStatus::Suspended => 2,
        RuntimeStatus::Completed => 3,
        RuntimeStatus::Failed => 4,
        RuntimeStatus::Terminated => 5,
    }
}

/// The status of a number.
pub(super) fn status(number: i64) -> Option<RuntimeStatus> {
    STATUSES.get(usize::try_from(number).ok()?).copied()
}

/// One bit per status that a query wants, at its number; all bits when it wants all.
pub fn status_bits(query: &InstanceQuery) -> i64 {
    if query.statuses.is_empty() {
        return -1;
    }
    query.statuses.iter().fold(0, |bits, status| bits | 1 << status_number(*status))
}

/// The number of a kind.
pub fn kind_number(kind: InstanceKind) -> i16 {
    match kind {
        InstanceKind::Orchestration => 0,
        InstanceKind::Entity => 1,
    }
}

/// The kind of a number.
pub(super) fn kind(number: i64) -> Option<InstanceKind> {
    match number {
        0 => Some(InstanceKind::Orchestration),
        1 => Some(InstanceKind::Entity),
        _ => None,
    }
}

/// The text of a key's scope.
pub fn write_scope(scope: &KeyScope) -> String {
    match scope {
        KeyScope::Master => "master".to_owned(),
        KeyScope::Host => "host".to_owned(),
        KeyScope::Function(name) => format!("function:{name}"),
        KeyScope::System(name) => format!("system:{name}"),
    }
}

/// The scope of a text; `None` for one that no build has written.
pub fn read_scope(text: &str) -> Option<KeyScope> {
    match text.split_once(':') {
        None if text == "master" => Some(KeyScope::Master),
        None if text == "host" => Some(KeyScope::Host),
        Some(("function", name)) => Some(KeyScope::Function(name.to_owned())),
        Some(("system", name)) => Some(KeyScope::System(name.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_numbers_are_places() {
        for (number, expected) in (0..).zip(STATUSES) {
            assert_eq!(i64::from(status_number(expected)), number);
            assert_eq!(status(number), Some(expected));
            assert_eq!(expected.is_terminal(), number >= 3);
        }
        assert_eq!((status(6), status(-1)), (None, None));
    }

    #[test]
    fn kinds_and_scopes_are_read_as_written() {
        for expected in [InstanceKind::Orchestration, InstanceKind::Entity] {
            assert_eq!(kind(kind_number(expected).into()), Some(expected));
        }
        assert_eq!(kind(2), None);
        let named = |scope: fn(String) -> KeyScope| scope("a:b".to_owned());
        for scope in [KeyScope::Master, KeyScope::Host, named(KeyScope::Function), named(KeyScope::System)] {
            assert_eq!(read_scope(&write_scope(&scope)), Some(scope));
        }
        assert_eq!(read_scope("guest"), None);
    }

    #[test]
    fn a_query_without_statuses_wants_all() {
        let query = InstanceQuery::default();
        assert_eq!(status_bits(&query), -1);
        let statuses = vec![RuntimeStatus::Running, RuntimeStatus::Failed];
        assert_eq!(status_bits(&InstanceQuery { statuses, ..query }), 0b1_0010);
    }
}
