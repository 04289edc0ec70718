//! What a path of the durable API is about. Pure: methods and keys come later.

/// A thing with a path of its own; names and ids as they came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `/orchestrators/{function}[/{id}]`
    Start { function: String, id: Option<String> },
    /// `/instances`
    Instances,
    /// `/instances/{id}`
    Instance(String),
    /// `/instances/{id}/raiseEvent/{name}`
    Event { id: String, name: String },
    /// `/instances/{id}/{terminate,suspend,resume}`
    Control { id: String, verb: Verb },
    /// `/instances/{id}/rewind`
    Rewind(String),
    /// `/instances/{id}/restart`
    Restart(String),
    /// `/entities[/{name}]`
    Entities(Option<String>),
    /// `/entities/{name}/{key}`
    Entity { name: String, key: String },
    /// `/makeprimary`
    MakePrimary,
}

/// What is done to an instance that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Terminate,
    Suspend,
    Resume,
}

impl Target {
    /// Reads the segments below the base. `None` when there is nothing of that path.
    pub(super) fn parse(segments: &[String]) -> Option<Self> {
        if segments.iter().any(String::is_empty) {
            return None;
        }
        let is = |index: usize, literal: &str| {
            segments.get(index).is_some_and(|found| found.eq_ignore_ascii_case(literal))
        };
        match segments {
            [_] if is(0, "instances") => Some(Self::Instances),
            [_] if is(0, "entities") => Some(Self::Entities(None)),
            [_] if is(0, "makeprimary") => Some(Self::MakePrimary),
            [_, function] if is(0, "orchestrators") => {
                Some(Self::Start { function: function.clone(), id: None })
            }
            [_, function, id] if is(0, "orchestrators") => {
                Some(Self::Start { function: function.clone(), id: Some(id.clone()) })
            }
            [_, id] if is(0, "instances") => Some(Self::Instance(id.clone())),
            [_, id, _] if is(0, "instances") && is(2, "rewind") => Some(Self::Rewind(id.clone())),
            [_, id, _] if is(0, "instances") && is(2, "restart") => Some(Self::Restart(id.clone())),
            [_, id, verb] if is(0, "instances") => {
                Some(Self::Control { id: id.clone(), verb: Verb::parse(verb)? })
            }
            [_, id, _, name] if is(0, "instances") && is(2, "raiseevent") => {
                Some(Self::Event { id: id.clone(), name: name.clone() })
            }
            [_, name] if is(0, "entities") => Some(Self::Entities(Some(name.clone()))),
            [_, name, key] if is(0, "entities") => {
                Some(Self::Entity { name: name.clone(), key: key.clone() })
            }
            _ => None,
        }
    }

    /// The one instance that this is about: its token opens it.
    pub(super) fn instance(&self) -> Option<&str> {
        match self {
            Self::Instance(id)
            | Self::Event { id, .. }
            | Self::Control { id, .. }
            | Self::Rewind(id)
            | Self::Restart(id) => Some(id),
            // A start is not about the instance that has the id, but about the one that would get it.
            Self::Start { .. }
            | Self::Instances
            | Self::Entities(_)
            | Self::Entity { .. }
            | Self::MakePrimary => None,
        }
    }
}

impl Verb {
    fn parse(segment: &str) -> Option<Self> {
        let verbs = [("terminate", Self::Terminate), ("suspend", Self::Suspend), ("resume", Self::Resume)];
        verbs.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(segment)).map(|(_, verb)| verb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Option<Target> {
        Target::parse(&path.split('/').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn literals_ignore_case_and_ids_keep_theirs() {
        let id = || "Id".to_owned();
        for (path, target) in [
            ("Orchestrators/Hello", Target::Start { function: "Hello".into(), id: None }),
            ("orchestrators/Hello/Id", Target::Start { function: "Hello".into(), id: Some(id()) }),
            ("INSTANCES", Target::Instances),
            ("instances/Id", Target::Instance(id())),
            ("instances/Id/RAISEEVENT/Go", Target::Event { id: id(), name: "Go".into() }),
            ("instances/Id/Terminate", Target::Control { id: id(), verb: Verb::Terminate }),
            ("instances/Id/suspend", Target::Control { id: id(), verb: Verb::Suspend }),
            ("instances/Id/resume", Target::Control { id: id(), verb: Verb::Resume }),
            ("instances/Id/rewind", Target::Rewind(id())),
            ("instances/Id/restart", Target::Restart(id())),
            ("entities", Target::Entities(None)),
            ("Entities/Counter", Target::Entities(Some("Counter".into()))),
            ("entities/Counter/K", Target::Entity { name: "Counter".into(), key: "K".into() }),
            ("MakePrimary", Target::MakePrimary),
        ] {
            assert_eq!(parse(path), Some(target), "{path}");
        }
    }

    #[test]
    fn other_paths_are_about_nothing() {
        for path in [
            "",
            "orchestrators",
            "orchestrators/f/id/more",
            "instances//terminate",
            "instances/id/explode",
            "instances/id/raiseEvent",
            "instances/id/raiseEvent/name/more",
            "entities/name/key/more",
            "makeprimary/x",
            "nothing",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
