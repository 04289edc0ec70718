//! A running host: started from options, run until it is told to stop.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use durable_core::clock::Clock;
use durable_engine::{
    Client, Engine,
    clock::{SystemClock, VirtualClock},
};
use fnhost_protocol::{client::DurableApi, time::Timestamp, worker::Worker};
use fnhost_sdk::{Registry, host::Services};
use tokio::net::TcpListener;

use super::{
    front::Front,
    listeners::Listeners,
    load::load_app,
    manage::{CurrentFunctions, Health, TurnableClock},
    manual::ManualCalls,
    options::{ClockChoice, HostOptions},
    running::{Announced, announce},
    settings::{blob_options, blob_terms, engine_options, http_limits, user_settings},
    start::StartError,
    storage::{Database, OpenStore, open_store},
};
use crate::{
    admin::{AdminApi, AdminParts, ClockControl, DurableOptions, HostInfo},
    app::{AppGeneration, AppHandle},
    blobs::Blobs,
    config::LogLevels,
    http_server::HttpServer,
    invoke::Invoker,
    keys::{Key, KeyRing, LinkFactory},
    shutdown::Shutdown,
    triggers::{
        blob::{BlobTriggers, Parts as BlobParts},
        durable::{HostDurable, HostExecutor, retry_defaults},
        http::HttpTrigger,
        timer::{TimerParts, TimerTrigger},
    },
    workers::{ForgetfulWorker, LinkedWorker, UserRuntime, UserRuntimeOptions},
};

/// How often keys that another process changed are read again.
const KEYS_FRESH: Duration = Duration::from_secs(5);

/// A host that listens.
pub struct Host {
    app: AppHandle,
    left_out: Vec<String>,
    server: HttpServer,
    url: Arc<str>,
    database: Database,
    new_master: Option<Key>,
    keys: KeyRing,
    engine: Engine,
    listeners: Listeners,
    manual: ManualCalls,
    clock: Option<Arc<dyn ClockControl>>,
    durable: Arc<dyn DurableApi>,
    address: SocketAddr,
    users: UserRuntime,
    worker: LinkedWorker,
    shutdown: Shutdown,
    serving: Arc<AtomicBool>,
    _announced: Option<Announced>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How a host ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Requests, and calls by hand that nobody waits for, that did not finish in time.
    pub cut_off: u64,
    /// Whether running activities finished and the store was closed properly.
    pub clean: bool,
}

impl Host {
    /// Reads and validates the app, opens the store, and listens. `on_loaded` is told the log levels as soon as they
    /// are known.
    ///
    /// # Errors
    /// Nothing is left running when it does not start.
    pub async fn start(
        options: HostOptions,
        registry: Registry,
        on_loaded: impl FnOnce(&LogLevels),
    ) -> Result<Self, StartError> {
        let loaded =
            load_app(&options.app, &options.environment, &options.arguments, &registry, options.strict)
                .map_err(|report| StartError::App(Box::new(report)))?;
        on_loaded(loaded.config.log_levels());
        let left_out = loaded.left_out.clone();
        let app = AppHandle::new(loaded);
        let now = app.current();

        let opened = open_store(now.config().durable(), now.settings(), options.database.as_ref())
            .await
            .map_err(|error| StartError::Store(error.into()))?;
        let store = opened.store.clone();
        let started = Self::start_on(opened, options, registry, app, left_out).await;
        if started.is_err()
            && let Err(error) = store.close().await
        {
            tracing::warn!(%error, "the store was not closed properly; it recovers at the next start");
        }
        started
    }

    /// Everything behind the store. The engine runs only once nothing can fail any more.
    async fn start_on(
        opened: OpenStore,
        options: HostOptions,
        registry: Registry,
        app: AppHandle,
        left_out: Vec<String>,
    ) -> Result<Self, StartError> {
        let OpenStore { store, occurrences, database } = opened;
        // Where hosts share the store.
        let lease = store.sharing().map(|sharing| sharing.lease);
        let now = app.current();
        let address = SocketAddr::new(options.address, options.port.unwrap_or(now.config().port()));
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        let address = listener.local_addr()?;
        let url: Arc<str> = format!("http://{address}").into();

        let shutdown = Shutdown::new();
        let users = UserRuntime::start(UserRuntimeOptions::default())?;
        let blobs = Blobs::new(now.settings().clone(), blob_options(now.config().blobs(), &options.app));
        let services = Services::new(user_settings(now.settings(), &options.app))
            .with_blobs(Arc::new(blobs.clone()))
            .with_retry_defaults(retry_defaults(now.functions()));
        let linked =
            LinkedWorker::new(registry, services, users.clone(), now.config().durable().session_cache_size());
        let worker: Arc<dyn Worker> = match options.switches.forgetful_worker {
            None => Arc::new(linked.clone()),
            Some(seed) => Arc::new(ForgetfulWorker::new(linked.clone(), seed)),
        };
        let (clock, virtual_clock) = clock(options.clock);
        let invoker = Invoker::new(worker.clone(), now.config().function_timeout())
            .with_blobs(Arc::new(blobs.clone()), clock.clone());
        let executor =
            Arc::new(HostExecutor::new(app.clone(), worker, invoker.clone(), users.handle().clone()));
        let engine_options = engine_options(now.config().durable(), options.switches);
        // Recovered work runs as soon as the engine does, so functions must have their client before.
        let engine = Engine::prepare(store.clone(), executor, clock.clone(), engine_options).await?;

        let local = Key::generate().map_err(|error| StartError::Machine(error.into()))?;
        let (keys, new_master) = if options.auth {
            let loaded = KeyRing::load(store, now.settings()).await?;
            (loaded.ring, loaded.new_master)
        } else {
            (KeyRing::without_auth(store, now.settings()).await?, None)
        };
        keys.open_to(&local);
        let functions = HttpTrigger::new(&now, keys.clone(), invoker.clone()).map_err(StartError::App)?;

        let durable = durable_api(engine.client(), &now, &keys);
        linked.bind_durable(durable.clone());
        let engine = engine.run();
        let timers = TimerTrigger::prepare(TimerParts {
            app: &now,
            clock: clock.clone(),
            is_held: virtual_clock.is_some(),
            store: occurrences.clone(),
            invoker: invoker.clone(),
        });
        let timers = timers.await?;
        let timer_list = timers.timers();
        let blobs = Arc::new(BlobTriggers::new(
            now.functions(),
            BlobParts {
                blobs,
                settings: now.settings().clone(),
                invoker: invoker.clone(),
                occurrences: occurrences.clone(),
                clock: clock.clone(),
                terms: blob_terms(now.config().blobs()),
            },
        ));
        let listeners = Listeners::new(occurrences.clone(), clock, lease, timers, blobs.clone());
        let outside = listeners.outside();
        let for_blobs = Arc::new(outside.clone());
        let clock = virtual_clock.map(|clock| -> Arc<dyn ClockControl> {
            Arc::new(TurnableClock { clock, engine: engine.client(), outside, turning: Arc::default() })
        });

        let manual =
            ManualCalls::new(app.clone(), invoker, durable.clone(), timer_list.clone(), blobs, url.clone());
        let serving = Arc::new(AtomicBool::new(false));
        let admin = AdminApi::new(AdminParts {
            keys: keys.clone(),
            durable: durable.clone(),
            durable_options: DurableOptions {
                hub: now.config().durable().hub_name().to_owned(),
                use_forwarded_host: now.config().durable().use_forwarded_host(),
                payload_bytes: now.config().durable().max_payload_size(),
            },
            functions: Arc::new(CurrentFunctions(app.clone())),
            runner: Arc::new(manual.clone()),
            timers: Arc::new(timer_list),
            occurrences,
            blobs: for_blobs,
            health: Arc::new(Health {
                shutdown: shutdown.clone(),
                users: users.clone(),
                serving: serving.clone(),
                engine: engine.client(),
            }),
            clock: clock.clone(),
            host: host_info(&now),
        });
        let front = Front { admin: Arc::new(admin), functions: Arc::new(functions), open: !options.auth };
        // Connections live beside the functions that they call; see docs/decisions/0030-user-runtime.md.
        let place = users.clone();
        let server = HttpServer::new(listener, http_limits(now.config().http()), Arc::new(front))
            .placing(Arc::new(move || place.place_for_connection().cloned()));
        let announced = options.announced.then(|| announce(&url, &local, &database, &options.app)).flatten();
        Ok(Self {
            app,
            left_out,
            server,
            url,
            database,
            new_master,
            keys,
            engine,
            listeners,
            manual,
            clock,
            durable,
            address,
            users,
            worker: linked,
            shutdown,
            serving,
            _announced: announced,
        })
    }

    /// The app that it serves.
    pub fn app(&self) -> Arc<AppGeneration> {
        self.app.current()
    }

    /// Names of the functions that were found and do not serve.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Where it answers: `http://127.0.0.1:7071`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its state is.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The master key, if this start made it: to be shown once.
    pub fn new_master_key(&self) -> Option<&str> {
        self.new_master.as_ref().map(Key::reveal)
    }

    /// Runs functions by hand.
    pub fn manual(&self) -> &ManualCalls {
        &self.manual
    }

    /// The durable engine.
    pub fn durable(&self) -> &Arc<dyn DurableApi> {
        &self.durable
    }

    /// The clock, when it is one that can be turned.
    pub fn clock(&self) -> Option<Arc<dyn ClockControl>> {
        self.clock.clone()
    }

    /// Serves until `shutdown` begins, then finishes what has begun, within the grace of the host file. The second
    /// stage of `shutdown` cuts everything off.
    pub async fn run(self, shutdown: Shutdown) -> Stopped {
        let listening = self.listeners.listen(&shutdown);
        self.serving.store(true, Ordering::Relaxed);
        let grace = self.app.current().config().http().shutdown_grace();
        let relay = tokio::spawn({
            let (from, to) = (shutdown.clone(), self.shutdown.clone());
            async move {
                from.graceful().await;
                to.begin_graceful();
                from.now().await;
                to.begin_now();
            }
        });
        let fresh = tokio::spawn({
            let (keys, shutdown) = (self.keys.clone(), self.shutdown.clone());
            async move { keys.keep_fresh(KEYS_FRESH, &shutdown).await }
        });
        // Calls that are still running when nobody waits for them any more are told so before they are dropped.
        let tell = tokio::spawn({
            let (worker, shutdown) = (self.worker.clone(), self.shutdown.clone());
            async move {
                shutdown.graceful().await;
                tokio::select! {
                    () = tokio::time::sleep(grace) => {}
                    () = shutdown.now() => {}
                }
                worker.cancel_calls();
            }
        });
        let begun = async {
            self.shutdown.graceful().await;
            let begun = tokio::time::Instant::now();
            // Other hosts go on with the work while requests are finished here.
            tokio::select! {
                () = self.engine.hand_over() => {}
                () = self.shutdown.now() => {}
            }
            begun
        };
        // The server and the engine share one grace, counted from the signal.
        let (summary, begun) = tokio::join!(self.server.run(self.shutdown.clone()), begun);
        // What the second stage wants is an end now; what is cut off of the engine's runs again at the next start.
        let now = self.shutdown.clone();
        let patience = || async {
            tokio::select! {
                () = tokio::time::sleep_until(begun + grace) => {}
                () = now.now() => {}
            }
        };
        // Calls by hand and those of timers may need the engine, so it goes on until they have ended.
        let by_hand = self.manual.finish(patience()).await as u64;
        let all_ended = listening.stop(patience()).await;
        let clean = self.engine.stop(patience()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the store was not closed properly; it recovers at the next start");
            false
        });
        self.users.stop();
        tell.abort();
        relay.abort();
        fresh.abort();
        Stopped { cut_off: summary.aborted + by_hand, clean: clean && all_ended }
    }
}

fn clock(choice: ClockChoice) -> (Arc<dyn Clock>, Option<VirtualClock>) {
    match choice {
        ClockChoice::System => (Arc::new(SystemClock), None),
        ClockChoice::Virtual(start) => {
            let clock = VirtualClock::starting_at(start.unwrap_or_else(|| SystemClock.now()));
            (Arc::new(clock.clone()), Some(clock))
        }
    }
}

fn durable_api(engine: Client, app: &AppGeneration, keys: &KeyRing) -> Arc<dyn DurableApi> {
    let links = LinkFactory::new(app.config().durable().hub_name(), "Storage", keys.tokens().clone());
    Arc::new(HostDurable::new(engine, Arc::new(move |id, origin| links.links(id, origin))))
}

fn host_info(app: &AppGeneration) -> HostInfo {
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    HostInfo {
        id: app.config().durable().hub_name().to_lowercase(),
        instance_id: format!("{}-{}", std::process::id(), Timestamp::EPOCH.saturating_add(began).as_micros()),
        computer_name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        started: Instant::now(),
    }
}
