//! Whole apps that load. Those that do not are in `tests/broken_apps`.

use std::time::{Duration, Instant};

use fnhost_protocol::{TriggerKind, retry::RetryPolicy};
use http::Method;
use tempfile::TempDir;

use super::*;
use crate::app::binding::{BindingKind, Direction};
use crate::app::generation::AppHandle;
use crate::app::trigger::{AuthLevel, TimerTrigger, Trigger};
use crate::config::code::Code;
use crate::config::host_file::MissedRuns;
use crate::config::origin::Origin;

/// An app in a folder of its own.
struct Scene {
    app: TempDir,
    environment: Environment,
    handlers: Option<Vec<HandlerInfo>>,
    strict: bool,
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let app = tempfile::tempdir().expect("a folder for the test");
        let scene = Self { app, environment: Environment::default(), handlers: None, strict: false };
        scene.write("host.toml", "version = \"2.0\"");
        for (name, text) in files {
            scene.write(name, text);
        }
        scene
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.app.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("its folder");
        std::fs::write(path, text).expect("a file of the app");
    }

    fn load(&self) -> Result<Loaded, Report> {
        self.load_with(None)
    }

    fn load_with(&self, route_check: Option<&RouteCheck>) -> Result<Loaded, Report> {
        load(&LoadOptions {
            app: self.app.path(),
            environment: &self.environment,
            arguments: &Arguments::default(),
            handlers: self.handlers.as_deref(),
            strict: self.strict,
            route_check,
        })
    }

    fn good(&self) -> Loaded {
        let loaded = self.load().unwrap_or_else(|report| panic!("{report}"));
        assert!(loaded.problems.is_empty(), "{}", loaded.problems);
        loaded
    }
}

const HTTP: &str = "[[bindings]]\ntype = \"httpTrigger\"\nname = \"req\"\n";
const TIMER: &str = "[[bindings]]\ntype = \"timerTrigger\"\nname = \"timer\"\nschedule = \"0 0 3 * * *\"\n";

const BLOB: &str = "[[bindings]]\ntype = \"blobTrigger\"\nname = \"blob\"\npath = \"in/{name\"\n";

fn handler(name: &str, kind: TriggerKind) -> HandlerInfo {
    HandlerInfo { name: name.to_owned(), kind, source: format!("functions/{name}/mod.rs") }
}

#[test]
fn an_app_without_functions_loads() {
    let loaded = Scene::new(&[]).good();
    assert!(loaded.functions.is_empty() && loaded.left_out.is_empty());
    let mut scene = Scene::new(&[]);
    scene.handlers = Some(Vec::new());
    scene.good();
}

#[test]
fn an_http_function_has_all_its_parts() {
    let text = r#"
        entryPoint = "answer"
        [[bindings]]
        type = "HTTPTRIGGER"
        direction = "IN"
        name = "req"
        authLevel = "Anonymous"
        methods = ["GET", "post", "Get"]
        route = "/orders/{id:int?}/"
        [[bindings]]
        type = "http"
        direction = "out"
        name = "$return"
        [[bindings]]
        type = "orchestrationClient"
        name = "starter"
    "#;
    let mut scene = Scene::new(&[("functions/shop/Orders/function.toml", text)]);
    scene.handlers = Some(vec![handler("Answer", TriggerKind::Http)]);
    let loaded = scene.good();
    let function = loaded.functions.get("ORDERS").unwrap();
    assert_eq!((&**function.name(), &**function.entry_point()), ("Orders", "Answer"));
    assert_eq!(function.file(), "functions/shop/Orders/function.toml");
    assert!(function.dir().ends_with("functions/shop/Orders"));
    let http = function.trigger().as_http().unwrap();
    assert_eq!((http.route.as_str(), http.binding_name.as_str()), ("api/orders/{id:int?}", "req"));
    assert_eq!(http.methods.as_deref(), Some(&[Method::GET, Method::POST][..]));
    assert_eq!(http.auth_level, AuthLevel::Anonymous);
    let [answer, client] = function.bindings() else { panic!("{:?}", function.bindings()) };
    assert_eq!((answer.kind.clone(), answer.direction), (BindingKind::Http, Direction::Out));
    assert_eq!((client.kind.clone(), client.name.as_str()), (BindingKind::DurableClient, "starter"));
}

#[test]
fn routes_have_defaults_and_prefixes() {
    let with = |extra: &str| format!("{HTTP}{extra}\n");
    let scene = Scene::new(&[
        ("functions/Plain/function.toml", HTTP),
        ("functions/Empty/function.toml", &with("route = \"\"")),
        ("functions/Root/function.toml", &with("route = \"/\"\nroutePrefix = \"v2\"")),
        ("functions/Bare/function.toml", &with("route = \"x\"\nroutePrefix = \"\"")),
        ("functions/Adminship/function.toml", HTTP),
    ]);
    let functions = scene.good().functions;
    let route = |name| functions.get(name).unwrap().trigger().as_http().unwrap().route.clone();
    assert_eq!(
        ["Plain", "Empty", "Root", "Bare", "Adminship"].map(route),
        ["api/Plain", "api/Empty", "v2", "x", "api/Adminship"]
    );
    let plain = functions.get("Plain").unwrap().trigger().as_http().unwrap().clone();
    assert_eq!((plain.methods, plain.auth_level), (None, AuthLevel::Function));
}

#[test]
fn durable_functions_go_by_their_own_names() {
    let binding =
        |kind: &str, extra: &str| format!("[[bindings]]\ntype = \"{kind}\"\nname = \"input\"\n{extra}");
    let scene = Scene::new(&[
        ("functions/A/function.toml", &binding("activityTrigger", "activity = \"SayHello\"")),
        ("functions/O/function.toml", &binding("orchestrationTrigger", "")),
        ("functions/E/function.toml", &binding("entityTrigger", "entityName = \"A\"")),
        ("Top/function.toml", &binding("manualTrigger", "")),
    ]);
    let functions = scene.good().functions;
    let names: Vec<(TriggerKind, Option<&str>)> = functions
        .iter()
        .map(|function| {
            (function.trigger().kind(), function.trigger().as_durable().map(|trigger| trigger.name.as_str()))
        })
        .collect();
    assert_eq!(
        names,
        [
            (TriggerKind::Activity, Some("SayHello")),
            (TriggerKind::Entity, Some("A")),
            (TriggerKind::Orchestration, Some("O")),
            (TriggerKind::Manual, None),
        ]
    );
}

#[test]
fn a_timer_has_its_schedule_and_the_nearest_time_zone() {
    let mut scene = Scene::new(&[
        ("functions/App/function.toml", TIMER),
        (
            "functions/Own/function.toml",
            &format!(
                "{TIMER}timeZone = \"asia/tokyo\"\nrunOnStartup = true\nmissedRuns = \"ALL\"\nuseMonitor = false\n"
            ),
        ),
        ("functions/Often/function.toml", &TIMER.replace("0 0 3 * * *", "%Often%")),
    ]);
    let zones = |scene: &Scene| {
        let functions = scene.good().functions;
        let zone = |name: &str| functions.get(name).unwrap().trigger().as_timer().unwrap().zone.to_string();
        (zone("App"), zone("Own"))
    };
    scene.environment = Environment::from_iter([("Often", "*/30 * * * * *"), ("TZ", ":Europe/Oslo")]);
    assert_eq!(zones(&scene), ("Europe/Oslo".to_owned(), "Asia/Tokyo".to_owned()));
    let settings = [("Often", "* * * * *"), ("TZ", "Europe/Oslo"), ("WEBSITE_TIME_ZONE", "Asia/Kolkata")];
    scene.environment = Environment::from_iter(settings);
    assert_eq!(zones(&scene).0, "Asia/Kolkata");
    let path = "AzureFunctionsJobHost__extensions__timers__timeZone";
    scene.environment = Environment::from_iter(settings.into_iter().chain([(path, "Europe/Berlin")]));
    assert_eq!(zones(&scene).0, "Europe/Berlin");

    let functions = scene.good().functions;
    let timer = |name: &str| functions.get(name).unwrap().trigger().as_timer().unwrap().clone();
    let (app, own, often) = (timer("App"), timer("Own"), timer("Often"));
    assert_eq!(app.schedule.text(), "0 0 3 * * *");
    assert_eq!((app.run_on_startup, app.missed_runs), (false, MissedRuns::Once));
    assert_eq!((own.run_on_startup, own.missed_runs), (true, MissedRuns::All));
    assert_eq!([&app, &own, &often].map(TimerTrigger::is_monitored), [true, false, false]);
}

#[test]
fn a_broken_function_is_left_out_and_strictness_is_fatal() {
    let mut scene = Scene::new(&[
        ("functions/Good/function.toml", HTTP),
        ("functions/Bad/function.toml", "colour = 1"),
        ("functions/Upload/function.toml", BLOB),
    ]);
    let loaded = scene.load().unwrap();
    assert_eq!(loaded.functions.iter().map(|f| f.name().to_string()).collect::<Vec<_>>(), ["Good"]);
    assert_eq!(loaded.left_out, ["Bad", "Upload"]);
    assert!(loaded.problems.breaks("bad") && loaded.problems.breaks("Upload"));
    scene.strict = true;
    assert_eq!(scene.load().unwrap_err().problems().len(), loaded.problems.problems().len());
}

#[test]
fn notes_are_not_fatal_even_in_strict_mode() {
    let mut scene =
        Scene::new(&[("functions/Good/function.toml", &format!("scriptFile = \"x.py\"\n{HTTP}"))]);
    scene.strict = true;
    let loaded = scene.load().unwrap();
    assert_eq!((loaded.functions.len(), loaded.problems.problems().len()), (1, 1));
}

#[test]
fn functions_are_switched_off_by_file_and_by_setting() {
    let off = |text: &str| format!("disabled = {text}\n{HTTP}");
    let mut scene = Scene::new(&[
        ("functions/ByFile/function.toml", &off("true")),
        ("functions/ByName/function.toml", &off("\"IsOff\"")),
        ("functions/ByText/function.toml", &off("\"%IsOff%\"")),
        ("functions/NoSetting/function.toml", &off("\"NotThere\"")),
        ("functions/Overridden/function.toml", &off("true")),
        ("functions/Outside/function.toml", HTTP),
        ("functions/Timer/function.toml", &format!("disabled = true\n{TIMER}")),
    ]);
    scene.environment = Environment::from_iter([
        ("IsOff", "1"),
        ("AzureWebJobs.Overridden.Disabled", "false"),
        ("AzureWebJobs_OUTSIDE_Disabled", "True"),
    ]);
    let functions = scene.good().functions;
    let off: Vec<&str> = functions.iter().filter(|f| f.is_disabled()).map(|f| &**f.name()).collect();
    assert_eq!(off, ["ByFile", "ByName", "ByText", "Outside", "Timer"]);
}

#[test]
fn what_is_switched_off_is_in_nobodys_way() {
    let route = "route = \"same\"\n";
    let scene = Scene::new(&[
        ("functions/Old/function.toml", &format!("disabled = true\n{HTTP}{route}")),
        ("functions/New/function.toml", &format!("{HTTP}{route}")),
    ]);
    assert_eq!(scene.good().functions.len(), 2);
}

#[test]
fn retries_are_read() {
    let manual = "[[bindings]]\ntype = \"manualTrigger\"\nname = \"input\"\n[retry]\n";
    let fixed = "strategy = \"FixedDelay\"\nmaxRetryCount = 3\ndelayInterval = \"00:00:05\"";
    let growing = "strategy = \"exponentialBackoff\"\nmaxRetryCount = -1\nminimumInterval = \"00:00:01\"\n\
                   maximumInterval = \"00:01:00\"";
    let activity = "[[bindings]]\ntype = \"activityTrigger\"\nname = \"input\"\n[retry]\n";
    let more = "\nbackoffCoefficient = 1.5\nretryTimeout = \"01:00:00\"\nonlyKinds = [\"Busy\", \"app::Away\"]\n\
                exceptKinds = [\"Gone\"]";
    let scene = Scene::new(&[
        ("functions/F/function.toml", &format!("{manual}{fixed}")),
        ("functions/G/function.toml", &format!("{manual}{growing}")),
        ("functions/H/function.toml", &format!("{activity}{growing}{more}")),
    ]);
    let functions = scene.good().functions;
    let seconds = Duration::from_secs;
    let policy = |name| functions.get(name).unwrap().retry().cloned().unwrap();
    assert_eq!(policy("F"), RetryPolicy::fixed(seconds(5), Some(4)), "the first try, and three more");
    let doubling = RetryPolicy {
        backoff: 2000,
        max_interval: Some(seconds(60)),
        ..RetryPolicy::fixed(seconds(1), None)
    };
    assert_eq!(policy("G"), doubling);
    let all = RetryPolicy {
        backoff: 1500,
        timeout: Some(seconds(3600)),
        only: vec!["Busy".to_owned(), "app::Away".to_owned()],
        except: vec!["Gone".to_owned()],
        ..doubling
    };
    assert_eq!(policy("H"), all);
}

#[test]
fn only_listed_functions_load_and_the_others_are_not_looked_at() {
    let mut scene = Scene::new(&[
        ("host.toml", "version = \"2.0\"\nfunctions = [\"a\"]"),
        ("functions/A/function.toml", HTTP),
        ("functions/B/function.toml", "broken"),
    ]);
    scene.handlers = Some(vec![handler("A", TriggerKind::Http), handler("B", TriggerKind::Http)]);
    let loaded = scene.good();
    assert_eq!((loaded.functions.len(), loaded.left_out.len()), (1, 0));
}

#[test]
fn the_router_has_its_say() {
    let scene = Scene::new(&[
        ("functions/Good/function.toml", HTTP),
        ("functions/Bad/function.toml", &format!("{HTTP}route = \"{{x:nonsense}}\"")),
    ]);
    let check = |route: &str| match route.contains("nonsense") {
        true => Err("there is no constraint `nonsense`".to_owned()),
        false => Ok(()),
    };
    let loaded = scene.load_with(Some(&check)).unwrap();
    assert_eq!(loaded.left_out, ["Bad"]);
    assert!(
        loaded.problems.to_string().contains("the route is malformed: there is no constraint `nonsense`")
    );
}

#[test]
fn a_function_can_be_left_out_later() {
    let mut loaded = Scene::new(&[("functions/A/function.toml", HTTP)]).good();
    let Some(Trigger::Http(http)) = loaded.functions.get("a").map(|function| function.trigger().clone())
    else {
        panic!("no HTTP function")
    };
    loaded.leave_out("A", Problem::error(Code::BadRoute, "no", http.route_at));
    assert!(loaded.functions.is_empty() && loaded.problems.breaks("A"));
    assert_eq!(loaded.left_out, ["A"]);
}

#[test]
fn generations_follow_each_other_and_the_old_one_stays_whole() {
    let scene = Scene::new(&[("functions/A/function.toml", HTTP)]);
    let handle = AppHandle::new(scene.good());
    let first = handle.current();
    scene.write("functions/B/function.toml", HTTP);
    let second = handle.clone().publish(scene.good());
    assert_eq!((first.number(), first.functions().len()), (1, 1));
    assert_eq!((second.number(), second.functions().len()), (2, 2));
    assert_eq!(handle.current().number(), 2);
    assert_eq!(handle.current().config().http().route_prefix(), "api");
    assert!(handle.current().settings().names().next().is_none() && handle.current().problems().is_empty());
}

#[test]
fn a_missing_folder_is_reported() {
    let (environment, arguments) = (Environment::default(), Arguments::default());
    let app = Path::new("/there/is/no/such/app");
    let options = LoadOptions {
        app,
        environment: &environment,
        arguments: &arguments,
        handlers: None,
        strict: false,
        route_check: None,
    };
    let report = load(&options).unwrap_err();
    let paths: Vec<_> =
        report.problems().iter().filter_map(|problem| problem.origin().and_then(Origin::path)).collect();
    assert_eq!(paths, ["/there/is/no/such/app"], "one problem says it all: {report}");
}

/// Start to ready has a budget of 100 ms for everything; the bound is loose because tests run in parallel, unoptimised.
#[test]
fn thirty_functions_load_in_no_time() {
    let scene = Scene::new(&[]);
    for number in 0..30 {
        let text = format!(
            "{HTTP}methods = [\"get\"]\nroute = \"r{number}/{{id:int}}\"\n\n[[bindings]]\ntype = \"http\"\nname = \"$return\"\n"
        );
        scene.write(&format!("functions/group{}/F{number}/function.toml", number % 5), &text);
    }
    let begin = Instant::now();
    assert_eq!(scene.good().functions.len(), 30);
    let elapsed = begin.elapsed();
    println!("30 functions in {elapsed:?}");
    assert!(elapsed < Duration::from_millis(500), "{elapsed:?}");
}
