//! The types of triggers and bindings that function files may name.

use fnhost_protocol::TriggerKind;

use super::binding::Direction;

/// One type.
#[derive(Debug)]
pub(super) struct BindingType {
    /// Canonical name, which the table of keys uses too.
    pub(super) name: &'static str,
    /// Other names for the same.
    aliases: &'static [&'static str],
    /// Set for triggers.
    pub(super) trigger: Option<TriggerKind>,
    /// What `direction` may be; the only one is the default.
    pub(super) directions: &'static [Direction],
}

const fn trigger(kind: TriggerKind) -> BindingType {
    BindingType { name: kind.binding_type(), aliases: &[], trigger: Some(kind), directions: &[Direction::In] }
}

const fn data(
    name: &'static str,
    aliases: &'static [&'static str],
    directions: &'static [Direction],
) -> BindingType {
    BindingType { name, aliases, trigger: None, directions }
}

static TYPES: [BindingType; 10] = [
    trigger(TriggerKind::Http),
    trigger(TriggerKind::Timer),
    trigger(TriggerKind::Blob),
    trigger(TriggerKind::Activity),
    trigger(TriggerKind::Orchestration),
    trigger(TriggerKind::Entity),
    trigger(TriggerKind::Manual),
    data("http", &[], &[Direction::Out]),
    data("durableClient", &["orchestrationClient"], &[Direction::In]),
    data("blob", &[], &[Direction::In, Direction::Out]),
];

/// The type of this name, without regard to case.
pub(super) fn find(name: &str) -> Option<&'static BindingType> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    TYPES.iter().find(|known| is(known.name) || known.aliases.iter().any(|alias| is(alias)))
}

/// The names of all types, triggers first.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|known| known.name)
}

/// Whether this is a type of Azure's that the host does not offer.
pub(super) fn is_azures(name: &str) -> bool {
    const FAMILIES: [&str; 15] = [
        "queue",
        "serviceBus",
        "eventHub",
        "eventGrid",
        "cosmosDB",
        "table",
        "sendGrid",
        "signalR",
        "kafka",
        "rabbitMQ",
        "sql",
        "twilioSms",
        "notificationHub",
        "warmup",
        "mobileTable",
    ];
    FAMILIES
        .iter()
        .any(|family| name.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::spec::{self, Doc};

    #[test]
    fn names_and_aliases_are_read_without_regard_to_case() {
        assert_eq!(find("HTTPTRIGGER").unwrap().trigger, Some(TriggerKind::Http));
        assert_eq!(find("orchestrationclient").unwrap().name, "durableClient");
        assert!(find("queueTrigger").is_none() && is_azures("queueTrigger") && !is_azures("httpTriger"));
    }

    #[test]
    fn the_table_of_keys_knows_the_same_types() {
        for spec in spec::of(Doc::Function).filter(|spec| spec.is_of_binding()) {
            let of = spec.parent().strip_prefix("bindings.").unwrap();
            assert!(of == "*" || names().any(|name| name == of), "{}", spec.path);
        }
    }
}
