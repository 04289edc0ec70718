//! What starts a function.

use fnhost_protocol::TriggerKind;
use http::Method;

use super::binding::DataType;
use crate::bindings::PathPattern;
use crate::config::host_file::MissedRuns;
use crate::config::origin::Origin;
use crate::schedule::{Schedule, Zone};

/// Which key a caller of an HTTP function needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthLevel {
    /// None.
    Anonymous,
    /// One of the function or of the host.
    Function,
    /// The master key.
    Admin,
}

impl AuthLevel {
    /// As `function.toml` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Function => "function",
            Self::Admin => "admin",
        }
    }
}

/// `httpTrigger`
#[derive(Debug, Clone)]
pub struct HttpTrigger {
    /// The name in code.
    pub binding_name: String,
    /// The full template with its prefix, without slashes around it: `api/orders/{id:int?}`.
    pub route: String,
    /// The methods that it answers; `None` is all.
    pub methods: Option<Vec<Method>>,
    /// The key that a caller needs.
    pub auth_level: AuthLevel,
    /// How the handler wants the body; [`DataType::Stream`] leaves it unread.
    pub data_type: Option<DataType>,
    /// Where the route was written, or the binding when the route is the default one.
    pub route_at: Origin,
}

/// `timerTrigger`
#[derive(Debug, Clone)]
pub struct TimerTrigger {
    /// The name in code.
    pub binding_name: String,
    /// When it is due.
    pub schedule: Schedule,
    /// In which zone.
    pub zone: Zone,
    /// Whether it also runs when the host starts.
    pub run_on_startup: bool,
    /// Whether its status is to be kept, to catch up.
    pub use_monitor: bool,
    /// What becomes of times at which no host ran.
    pub missed_runs: MissedRuns,
}

impl TimerTrigger {
    /// Whether its status is kept. That of a schedule with a time in every minute is not: catching up has no use, and
    /// writing it down that often does harm.
    pub fn is_monitored(&self) -> bool {
        self.use_monitor && !self.schedule.is_frequent()
    }
}

/// Where a blob trigger begins that has never run on a task hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartFrom {
    /// With all blobs that are there.
    All,
    /// With what is written from then on.
    New,
}

impl StartFrom {
    /// As `function.toml` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::New => "new",
        }
    }
}

/// `blobTrigger`
#[derive(Debug, Clone)]
pub struct BlobTrigger {
    /// The name in code.
    pub binding_name: String,
    /// Container and pattern.
    pub path: PathPattern,
    /// The setting that says where the blobs are.
    pub connection: String,
    /// Where it begins.
    pub start_from: StartFrom,
    /// How the handler wants the blob, where that was said.
    pub data_type: Option<DataType>,
}

/// `activityTrigger`, `orchestrationTrigger` and `entityTrigger`
#[derive(Debug, Clone)]
pub struct DurableTrigger {
    /// The name in code.
    pub binding_name: String,
    /// The name by which orchestrators and clients know it; compared without regard to case.
    pub name: String,
    /// Where that name was written, or the binding when it is the function's name.
    pub name_at: Origin,
}

/// `manualTrigger`
#[derive(Debug, Clone)]
pub struct ManualTrigger {
    /// The name in code.
    pub binding_name: String,
}

/// What starts a function.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// A request.
    Http(HttpTrigger),
    /// A moment in time.
    Timer(TimerTrigger),
    /// A new blob.
    Blob(BlobTrigger),
    /// An orchestrator that calls the activity.
    Activity(DurableTrigger),
    /// A client that starts an instance, and everything that happens to it.
    Orchestration(DurableTrigger),
    /// Operations on the entity.
    Entity(DurableTrigger),
    /// Somebody who asks for it by the management API.
    Manual(ManualTrigger),
}

impl Trigger {
    /// The kind.
    pub fn kind(&self) -> TriggerKind {
        match self {
            Self::Http(_) => TriggerKind::Http,
            Self::Timer(_) => TriggerKind::Timer,
            Self::Blob(_) => TriggerKind::Blob,
            Self::Activity(_) => TriggerKind::Activity,
            Self::Orchestration(_) => TriggerKind::Orchestration,
            Self::Entity(_) => TriggerKind::Entity,
            Self::Manual(_) => TriggerKind::Manual,
        }
    }

    /// The name of the trigger's binding in code.
    pub fn binding_name(&self) -> &str {
        match self {
            Self::Http(trigger) => &trigger.binding_name,
            Self::Timer(trigger) => &trigger.binding_name,
            Self::Blob(trigger) => &trigger.binding_name,
            Self::Activity(trigger) | Self::Orchestration(trigger) | Self::Entity(trigger) => {
                &trigger.binding_name
            }
            Self::Manual(trigger) => &trigger.binding_name,
        }
    }

    /// The HTTP trigger, if it is one.
    pub fn as_http(&self) -> Option<&HttpTrigger> {
        match self {
            Self::Http(trigger) => Some(trigger),
            _ => None,
        }
    }

    /// The timer, if it is one.
    pub fn as_timer(&self) -> Option<&TimerTrigger> {
        match self {
            Self::Timer(trigger) => Some(trigger),
            _ => None,
        }
    }

    /// The durable trigger, if it is one.
    pub fn as_durable(&self) -> Option<&DurableTrigger> {
        match self {
            Self::Activity(trigger) | Self::Orchestration(trigger) | Self::Entity(trigger) => Some(trigger),
            _ => None,
        }
    }
}
