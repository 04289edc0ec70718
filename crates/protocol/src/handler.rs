//! What a compiled handler says of itself, so that the host can hold it against the function folders.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of trigger that a function has, or that a compiled handler was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TriggerKind {
    /// `httpTrigger`
    Http,
    /// `timerTrigger`
    Timer,
    /// `blobTrigger`
    Blob,
    /// `activityTrigger`
    Activity,
    /// `orchestrationTrigger`
    Orchestration,
    /// `entityTrigger`
    Entity,
    /// `manualTrigger`
    Manual,
}

impl TriggerKind {
    /// All kinds, in the order in which they are listed to users.
    pub const ALL: [Self; 7] = [
        Self::Http,
        Self::Timer,
        Self::Blob,
        Self::Activity,
        Self::Orchestration,
        Self::Entity,
        Self::Manual,
    ];

    /// The `type` of the binding in `function.toml`.
    ///
    /// ```
    /// assert_eq!(fnhost_protocol::TriggerKind::Http.binding_type(), "httpTrigger");
    /// ```
    pub const fn binding_type(self) -> &'static str {
        match self {
            Self::Http => "httpTrigger",
            Self::Timer => "timerTrigger",
            Self::Blob => "blobTrigger",
            Self::Activity => "activityTrigger",
            Self::Orchestration => "orchestrationTrigger",
            Self::Entity => "entityTrigger",
            Self::Manual => "manualTrigger",
        }
    }
}

impl fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.binding_type())
    }
}

/// One handler that is compiled into this binary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerInfo {
    /// Name that `function.toml` refers to: the folder's name, or its `entryPoint`.
    pub name: String,
    /// What the handler was written for.
    pub kind: TriggerKind,
    /// Where it was registered, for messages: a path below the app's folder, or `file:line`.
    pub source: String,
}
