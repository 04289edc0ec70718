//! The rest of the host: an app with a function of every kind, a runner, a health, a clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use durable_core::store::StoreError;
use fnhost::admin::{
    BlobListener, ClockControl, FunctionList, HostHealth, HostState, ManualRun, NotReady, NotRun, TimerList,
};
use fnhost::app::binding::{Binding, BindingKind, DataType, Direction};
use fnhost::app::trigger::{
    AuthLevel, BlobTrigger, DurableTrigger, HttpTrigger, ManualTrigger, StartFrom, TimerTrigger, Trigger,
};
use fnhost::app::{Function, Functions};
use fnhost::bindings::{PathPattern, Template};
use fnhost::config::host_file::MissedRuns;
use fnhost::config::origin::Origin;
use fnhost::schedule::{Schedule, Zone};
use fnhost::triggers::blob::{Delivered, NotDelivered};
use fnhost::triggers::timer::TimerState;
use fnhost_protocol::failure::Failure;
use fnhost_protocol::json::JsonText;
use fnhost_protocol::time::Timestamp;
use fnhost_protocol::timer::ScheduleStatus;
use futures_util::future::BoxFuture;
use http::Method;

/// The functions of the app; one that is broken is not among them.
pub(crate) struct FakeFunctions;

fn at() -> Origin {
    Origin::Path("function.toml".into())
}

fn durable(name: &str) -> DurableTrigger {
    DurableTrigger { binding_name: "context".into(), name: name.into(), name_at: at() }
}

impl FunctionList for FakeFunctions {
    fn functions(&self) -> Functions {
        let http = Trigger::Http(HttpTrigger {
            data_type: None,
            binding_name: "req".into(),
            route: "api/hello/{name?}".into(),
            methods: Some(vec![Method::GET, Method::POST]),
            auth_level: AuthLevel::Function,
            route_at: at(),
        });
        let timer = || {
            Trigger::Timer(TimerTrigger {
                binding_name: "timer".into(),
                schedule: Schedule::parse("0 */5 * * * *").unwrap(),
                zone: Zone::utc(),
                run_on_startup: false,
                use_monitor: true,
                missed_runs: MissedRuns::Once,
            })
        };
        let blob = Trigger::Blob(BlobTrigger {
            binding_name: "blob".into(),
            path: PathPattern::parse("in/{name}").unwrap(),
            connection: "Storage".into(),
            start_from: StartFrom::All,
            data_type: Some(DataType::Binary),
        });
        let reply = Binding {
            name: "$return".into(),
            direction: Direction::Out,
            kind: BindingKind::Http,
            data_type: None,
        };
        let copy = Binding {
            name: "copy".into(),
            direction: Direction::Out,
            kind: BindingKind::Blob {
                path: Template::parse("out/{name}").unwrap(),
                connection: "Storage".into(),
            },
            data_type: Some(DataType::String),
        };
        [
            Function::new("Hello", "Hello", http).with_bindings(vec![reply]),
            Function::new("Tick", "Tick", timer()),
            Function::new("Off", "Off", timer()).with_disabled(true),
            Function::new("Copy", "Copy", blob).with_bindings(vec![copy]),
            Function::new("Work", "Work", Trigger::Activity(durable("Work"))),
            Function::new("Main", "Main", Trigger::Orchestration(durable("MainFlow"))),
            Function::new("Counter", "Counter", Trigger::Entity(durable("counter"))),
            Function::new(
                "ByHand",
                "ByHand",
                Trigger::Manual(ManualTrigger { binding_name: "input".into() }),
            ),
        ]
        .into_iter()
        .collect()
    }

    fn errors(&self, function: Option<&str>) -> Vec<String> {
        match function {
            None => vec!["`schedule` is no schedule".into()],
            Some(name) if name.eq_ignore_ascii_case("Broken") => vec!["`schedule` is no schedule".into()],
            Some(_) => Vec::new(),
        }
    }
}

/// Writes down what it is to run, and refuses or fails when it was told to.
#[derive(Default)]
pub(crate) struct FakeRunner {
    pub(crate) runs: Mutex<Vec<String>>,
    pub(crate) refuses: Mutex<Option<NotRun>>,
    pub(crate) fails: Mutex<Option<Failure>>,
}

impl ManualRun for FakeRunner {
    fn run(&self, function: Arc<Function>, input: JsonText) -> Result<(), NotRun> {
        self.runs.lock().unwrap().push(format!("run {} {input}", function.name()));
        self.refuses.lock().unwrap().take().map_or(Ok(()), Err)
    }

    fn run_and_wait(
        &self,
        function: Arc<Function>,
        input: JsonText,
    ) -> BoxFuture<'static, Result<JsonText, Failure>> {
        self.runs.lock().unwrap().push(format!("wait {} {input}", function.name()));
        let result = self.fails.lock().unwrap().take().map_or(Ok(JsonText::string("done")), Err);
        Box::pin(std::future::ready(result))
    }
}

#[derive(Default)]
pub(crate) struct FakeHealth {
    pub(crate) not_ready: Mutex<Vec<NotReady>>,
    pub(crate) troubles: Mutex<Vec<String>>,
}

impl HostHealth for FakeHealth {
    fn state(&self) -> HostState {
        if self.not_ready.lock().unwrap().is_empty() { HostState::Running } else { HostState::Error }
    }

    fn not_ready(&self) -> Vec<NotReady> {
        self.not_ready.lock().unwrap().clone()
    }

    fn troubles(&self) -> Vec<String> {
        self.troubles.lock().unwrap().clone()
    }
}

#[derive(Default)]
pub(crate) struct FakeClock {
    pub(crate) advanced: Mutex<Duration>,
}

impl ClockControl for FakeClock {
    fn advance(&self, by: Duration) -> BoxFuture<'static, ()> {
        *self.advanced.lock().unwrap() += by;
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::EPOCH.saturating_add(*self.advanced.lock().unwrap())
    }
}

/// One timer, whose last run is on record.
pub(crate) struct FakeTimers;

impl TimerList for FakeTimers {
    fn timers(&self, only: Option<String>) -> BoxFuture<'static, Result<Vec<TimerState>, StoreError>> {
        let time = |text| Timestamp::parse(text).unwrap();
        let tick = TimerState {
            function: "Tick".into(),
            schedule: "0 */5 * * * *".into(),
            zone: "Europe/Berlin".into(),
            status: Some(ScheduleStatus {
                last: Some(time("2026-01-01T00:05:00Z")),
                next: Some(time("2026-01-01T00:10:00Z")),
                last_updated: Some(time("2026-01-01T00:05:00.25Z")),
            }),
            next: vec![(time("2026-01-01T00:10:00Z"), "2026-01-01T01:10:00+01:00".into())],
        };
        let is_wanted = only.is_none_or(|only| only == tick.function);
        Box::pin(std::future::ready(Ok(is_wanted.then_some(tick).into_iter().collect())))
    }
}

/// What runs for blobs: takes any notification, unless it speaks of trouble.
pub(crate) struct FakeBlobs;

impl BlobListener for FakeBlobs {
    fn deliver(
        &self,
        connection: Option<String>,
        body: Bytes,
    ) -> BoxFuture<'static, Result<Delivered, NotDelivered>> {
        let text = String::from_utf8_lossy(&body).into_owned();
        Box::pin(std::future::ready(match (&*text, connection.as_deref()) {
            ("nonsense", _) => Err(NotDelivered::Bad("this is nonsense".to_owned())),
            ("trouble", _) => Err(NotDelivered::Later("the store is away".to_owned())),
            (_, connection) => Ok(Delivered { blobs: connection.map_or(0, str::len), new: 1 }),
        }))
    }

    fn look(&self) {}

    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
}
