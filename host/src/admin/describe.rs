//! A function as the management API shows it: close to its file, with everything that was left out filled in.

use http::Method;
use serde_json::{Map, Value, json};

use crate::app::binding::{Binding, BindingKind, DataType};
use crate::app::function::Function;
use crate::app::trigger::{AuthLevel, Trigger};

/// The document of one function; links in it begin with `origin`.
pub(super) fn describe(function: &Function, origin: &str) -> Value {
    let bindings =
        std::iter::once(trigger(function.trigger())).chain(function.bindings().iter().map(binding));
    let url = function.trigger().as_http().map(|http| format!("{origin}/{}", http.route));
    json!({
        "name": &**function.name(),
        "href": format!("{origin}/admin/functions/{}", function.name()),
        "config": {
            "bindings": bindings.collect::<Vec<_>>(),
            "disabled": function.is_disabled(),
            "entryPoint": function.entry_point(),
        },
        "invoke_url_template": url,
        "isDisabled": function.is_disabled(),
    })
}

fn trigger(trigger: &Trigger) -> Value {
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    };
    add("type", json!(trigger.kind().binding_type()));
    add("direction", json!("in"));
    add("name", json!(trigger.binding_name()));
    match trigger {
        Trigger::Http(http) => {
            add("route", json!(http.route));
            add("authLevel", json!(auth_level(http.auth_level)));
            let methods: Option<Vec<&str>> =
                http.methods.as_ref().map(|methods| methods.iter().map(Method::as_str).collect());
            add("methods", json!(methods));
        }
        Trigger::Timer(timer) => {
            add("schedule", json!(timer.schedule.text()));
            add("timeZone", json!(timer.zone.name()));
            add("runOnStartup", json!(timer.run_on_startup));
            add("useMonitor", json!(timer.use_monitor));
        }
        Trigger::Blob(blob) => {
            add("path", json!(blob.path.to_string()));
            add("startFrom", json!(blob.start_from.as_str()));
            add("connection", json!(blob.connection));
            add("dataType", json!(blob.data_type.map(data_type)));
        }
        Trigger::Activity(durable) => add("activity", json!(durable.name)),
        Trigger::Orchestration(durable) => add("orchestration", json!(durable.name)),
        Trigger::Entity(durable) => add("entityName", json!(durable.name)),
        Trigger::Manual(_) => {}
    }
    Value::Object(members)
}

fn binding(binding: &Binding) -> Value {
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    let kind = match &binding.kind {
        BindingKind::Http => "http",
        BindingKind::DurableClient => "durableClient",
        BindingKind::Blob { .. } => "blob",
    };
    add("type", json!(kind));
    add("direction", json!(binding.direction.as_str()));
    add("name", json!(binding.name));
    if let BindingKind::Blob { path, connection } = &binding.kind {
        add("path", json!(path.to_string()));
        add("connection", json!(connection));
    }
    if let Some(kind) = binding.data_type {
        add("dataType", json!(data_type(kind)));
    }
    Value::Object(members)
}

fn auth_level(level: AuthLevel) -> &'static str {
    match level {
        AuthLevel::Anonymous => "anonymous",
        AuthLevel::Function => "function",
        AuthLevel::Admin => "admin",
    }
}

fn data_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::String => "string",
        DataType::Binary => "binary",
        DataType::Stream => "stream",
    }
}
