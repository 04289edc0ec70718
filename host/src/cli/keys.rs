//! `keys list` and `keys set`, on the app's database. A host that runs meanwhile sees the change within seconds.

use std::sync::Arc;

use durable_core::store::{KeyScope, Store};
use fnhost_sdk::Registry;
use serde_json::json;

use super::{
    ExitStatus,
    args::{AppArgs, DatabaseArgs, KeysCommand},
    run::{block_on, complain, style},
};
use crate::{
    app::Loaded,
    config::{Arguments, Environment},
    keys::{Key, KeyInfo, KeyRing},
    runtime::{self, Database},
};

pub(super) fn run(command: KeysCommand, registry: &Registry) -> ExitStatus {
    let (app, database) = match &command {
        KeysCommand::List { app, database, .. } | KeysCommand::Set { app, database, .. } => (app, database),
    };
    let (loaded, database) = match prepare(app, database, registry) {
        Ok(prepared) => prepared,
        Err(status) => return status,
    };
    let folder = app.app.clone();
    block_on(async move {
        let opened = runtime::open_store(loaded.config.durable(), &folder, database.as_ref()).await;
        let store = match opened {
            Ok((store, _)) => store,
            Err(error) => {
                complain(&*error);
                eprintln!(
                    "while the host runs, set keys through its management API: PUT /admin/host/keys/<name>"
                );
                return ExitStatus::CannotStart;
            }
        };
        let status = with_store(command, &loaded, store.clone()).await;
        if let Err(error) = store.close().await {
            complain(&error);
        }
        status
    })
}

fn prepare(
    app: &AppArgs,
    database: &DatabaseArgs,
    registry: &Registry,
) -> Result<(Loaded, Option<Database>), ExitStatus> {
    let database = database.database.as_deref().map(str::parse).transpose().map_err(|error| {
        complain(&error);
        ExitStatus::Usage
    })?;
    let environment = Environment::of_process();
    let loaded = runtime::load_app(&app.app, &environment, &Arguments::default(), registry, false);
    let loaded = loaded.map_err(|report| {
        eprint!("{}", report.render(style()));
        ExitStatus::InvalidApp
    })?;
    Ok((loaded, database))
}

async fn with_store(command: KeysCommand, loaded: &Loaded, store: Arc<dyn Store>) -> ExitStatus {
    let ring = match KeyRing::without_auth(store, &loaded.settings).await {
        Ok(ring) => ring,
        Err(error) => {
            complain(&error);
            return ExitStatus::Failed;
        }
    };
    match command {
        KeysCommand::List { json: as_json, .. } => {
            list(&ring.list(), as_json);
            ExitStatus::Success
        }
        KeysCommand::Set { scope, name, value, .. } => {
            set(&ring, loaded, &scope, &name, value.as_deref()).await
        }
    }
}

fn list(keys: &[KeyInfo], as_json: bool) {
    if as_json {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| json!({"scope": scope_text(&key.scope), "name": key.name, "setting": key.setting}))
            .collect();
        println!("{}", json!({ "keys": keys }));
        return;
    }
    for key in keys {
        let from = key.setting.as_ref().map_or_else(String::new, |setting| format!("  (setting {setting})"));
        println!("{:40} {}{from}", scope_text(&key.scope), key.name);
    }
    if keys.is_empty() {
        eprintln!("there are no keys yet; the first start makes a master key, `keys set` makes others");
    }
}

fn scope_text(scope: &KeyScope) -> String {
    match scope {
        KeyScope::Master => "master".to_owned(),
        KeyScope::Host => "host".to_owned(),
        KeyScope::Function(name) => format!("function {name}"),
        KeyScope::System(name) => format!("system {name}"),
    }
}

async fn set(ring: &KeyRing, loaded: &Loaded, scope: &str, name: &str, value: Option<&str>) -> ExitStatus {
    let key = match value.map(Key::parse).transpose() {
        Ok(key) => key,
        Err(error) => {
            complain(&error);
            return ExitStatus::Usage;
        }
    };
    let (scope, name) = match scope.to_ascii_lowercase().as_str() {
        "master" => (KeyScope::Master, "_master"),
        "host" => (KeyScope::Host, name),
        "system" => (KeyScope::System(name.to_ascii_lowercase()), "default"),
        function => {
            if loaded.functions.get(function).is_none() {
                let known: Vec<&str> = loaded.functions.iter().map(|function| &**function.name()).collect();
                eprintln!(
                    "error: `{scope}` is neither master, host nor system, nor a function of the app; its functions \
                     are: {}",
                    known.join(", ")
                );
                return ExitStatus::Usage;
            }
            (KeyScope::Function(function.to_owned()), name)
        }
    };
    match ring.set(scope, name, key).await {
        Ok(written) => {
            println!("{}", written.key.reveal());
            ExitStatus::Success
        }
        Err(error) => {
            complain(&error);
            ExitStatus::Failed
        }
    }
}
