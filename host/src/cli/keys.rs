//! `keys list` and `keys set`, on the app's database. While a host has it open, `set` asks the host to make the change,
//! which is then in effect at once.

use std::sync::Arc;

use durable_core::store::{KeyScope, Store};
use fnhost_sdk::Registry;
use http::Method;
use serde_json::json;

use super::{
    ExitStatus,
    args::KeysCommand,
    run::{block_on, complain, prepare, say},
    running::{Running, detail, segment},
};
use crate::{
    app::Loaded,
    keys::{DEFAULT, Key, KeyInfo, KeyRing, MASTER},
    runtime,
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
        if let KeysCommand::Set { scope, name, value, .. } = &command
            && let Some(running) = Running::find(&loaded, &folder, database.as_ref())
        {
            let wanted = wanted(&loaded, scope, name.as_deref(), value.as_deref());
            let wanted = match wanted {
                Ok(wanted) => wanted,
                Err(message) => {
                    eprintln!("error: {message}");
                    return ExitStatus::Usage;
                }
            };
            if let Some(status) = ask(&running, &wanted).await {
                return status;
            }
        }
        let opened = runtime::open_store(loaded.config.durable(), &loaded.settings, database.as_ref()).await;
        let store = match opened {
            Ok(opened) => opened.store,
            Err(error) => {
                complain(&*error);
                eprintln!(
                    "a host that runs lists its keys itself: GET /admin/host/keys, with the master key"
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
            match wanted(loaded, &scope, name.as_deref(), value.as_deref()) {
                Ok(wanted) => set(&ring, wanted).await,
                Err(message) => {
                    eprintln!("error: {message}");
                    ExitStatus::Usage
                }
            }
        }
    }
}

fn list(keys: &[KeyInfo], as_json: bool) {
    if as_json {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| json!({"scope": scope_text(&key.scope), "name": key.name, "setting": key.setting}))
            .collect();
        say(json!({ "keys": keys }));
        return;
    }
    for key in keys {
        let from = key.setting.as_ref().map_or_else(String::new, |setting| format!("  (setting {setting})"));
        say(format_args!("{:40} {}{from}", scope_text(&key.scope), key.name));
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

/// A key that is to be set.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    scope: KeyScope,
    name: String,
    /// A random one when there is none.
    value: Option<Key>,
}

/// Reads the arguments of `keys set`.
fn wanted(loaded: &Loaded, scope: &str, name: Option<&str>, value: Option<&str>) -> Result<Wanted, String> {
    let value = value.map(Key::parse).transpose().map_err(|error| format!("the key {error}"))?;
    let (scope, name) = match (scope.to_ascii_lowercase().as_str(), name) {
        ("master", None) => (KeyScope::Master, MASTER),
        ("master", Some(name)) => return Err(format!("there is one master key; it has no name `{name}`")),
        ("host", name) => (KeyScope::Host, name.unwrap_or(DEFAULT)),
        ("system", Some(name)) => (KeyScope::System(name.to_ascii_lowercase()), DEFAULT),
        ("system", None) => {
            return Err("a system key has the name of its extension: keys set system durabletask_extension"
                .to_owned());
        }
        (function, name) => {
            if loaded.functions.get(function).is_none() {
                let known: Vec<&str> = loaded.functions.iter().map(|function| &**function.name()).collect();
                return Err(format!(
                    "`{scope}` is neither master, host nor system, nor a function of the app; its functions are: {}",
                    known.join(", ")
                ));
            }
            (KeyScope::Function(function.to_owned()), name.unwrap_or(DEFAULT))
        }
    };
    if scope != KeyScope::Master && name.eq_ignore_ascii_case(MASTER) {
        return Err(format!("`{MASTER}` is the name of the master key: keys set master"));
    }
    Ok(Wanted { scope, name: name.to_owned(), value })
}

async fn set(ring: &KeyRing, Wanted { scope, name, value }: Wanted) -> ExitStatus {
    match ring.set(scope, &name, value).await {
        Ok(written) => {
            say(written.key.reveal());
            ExitStatus::Success
        }
        Err(error) => {
            complain(&error);
            ExitStatus::Failed
        }
    }
}

/// Asks the host that has the database open to set a key; `None` when it is there no more.
async fn ask(running: &Running, wanted: &Wanted) -> Option<ExitStatus> {
    let path = match &wanted.scope {
        KeyScope::Master | KeyScope::Host => format!("/admin/host/keys/{}", segment(&wanted.name)),
        KeyScope::Function(function) => {
            format!("/admin/functions/{}/keys/{}", segment(function), segment(&wanted.name))
        }
        KeyScope::System(extension) => format!("/admin/host/systemkeys/{}", segment(extension)),
    };
    let answer = match &wanted.value {
        Some(key) => running.ask(Method::PUT, &path, json!({"value": key.reveal()}).to_string()).await,
        None => running.ask(Method::POST, &path, "").await,
    };
    let answer = match answer {
        Ok(answer) => answer?,
        Err(error) => {
            eprintln!("error: {} went away before it answered: {error}", running.url());
            return Some(ExitStatus::Failed);
        }
    };
    let document = serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap_or_default();
    match document["value"].as_str() {
        Some(key) if answer.status().is_success() => {
            say(key);
            Some(ExitStatus::Success)
        }
        _ => {
            eprintln!("error: {}", detail(&answer));
            Some(ExitStatus::Failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Arguments, Environment};

    #[test]
    fn what_is_to_be_set_is_read_before_anything_is_opened() {
        let app = tempfile::tempdir().unwrap();
        std::fs::write(app.path().join("host.toml"), "version = \"2.0\"\n").unwrap();
        let (environment, arguments) = (Environment::default(), Arguments::default());
        let loaded =
            runtime::load_app(app.path(), &environment, &arguments, &Registry::new(), false).unwrap();
        let wanted = |scope, name, value| wanted(&loaded, scope, name, value);
        let place = |scope, name| wanted(scope, name, None).map(|wanted| (wanted.scope, wanted.name));
        assert_eq!(place("Master", None), Ok((KeyScope::Master, "_master".into())));
        assert_eq!(place("host", None), Ok((KeyScope::Host, "default".into())));
        assert_eq!(place("host", Some("Partner")), Ok((KeyScope::Host, "Partner".into())));
        assert_eq!(
            place("system", Some("DurableTask_Extension")),
            Ok((KeyScope::System("durabletask_extension".into()), "default".into()))
        );
        for (scope, name, value, why) in [
            ("master", Some("second"), None, "one master key"),
            ("system", None, None, "the name of its extension"),
            ("host", Some("_master"), None, "keys set master"),
            ("nobody", None, None, "neither master, host nor system"),
            ("host", None, Some("short"), "the key has 5 characters"),
        ] {
            let message = wanted(scope, name, value).unwrap_err();
            assert!(message.contains(why), "{message}");
        }
    }
}
