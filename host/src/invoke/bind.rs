//! Blob bindings of one call: where the blobs are, before it, and the blob that is made of its result, after it.

use std::borrow::Cow;

use bytes::Bytes;
use fnhost_protocol::{
    blob::{BlobApi, BlobPath, WriteOptions},
    bound::{BlobDirection, BoundBlob},
    failure::{Failure, kind},
    invocation::TriggerData,
    json::JsonText,
    time::Timestamp,
};
use futures_util::{StreamExt as _, stream};

use crate::{
    app::{BindingKind, Direction, Function},
    bindings::{BindingData, Template},
};

/// The name of the function's own result.
const RETURN: &str = "$return";

/// Fills in the paths of a function's blob bindings.
pub(super) fn bind(
    function: &Function,
    trigger: &TriggerData,
    now: Timestamp,
) -> Result<Vec<BoundBlob>, Failure> {
    let blobs = function.bindings().iter().filter_map(|binding| match &binding.kind {
        BindingKind::Blob { path, connection } => Some((binding, path, connection)),
        BindingKind::Http | BindingKind::DurableClient => None,
    });
    let mut data = None;
    blobs
        .map(|(binding, path, connection)| {
            let data = data.get_or_insert_with(|| data_of(function.name(), trigger, now));
            let failed = |why: String| {
                let name = &binding.name;
                Failure::new(kind::BINDING, format!("the binding `{name}` with the path `{path}`: {why}"))
            };
            let (container, name) = resolve(path, data).map_err(failed)?;
            let path = BlobPath { connection: connection.as_str().into(), container, name };
            let direction = match binding.direction {
                Direction::In => BlobDirection::In,
                Direction::Out => BlobDirection::Out,
            };
            Ok(BoundBlob { name: binding.name.as_str().into(), direction, path })
        })
        .collect()
}

fn resolve(path: &Template, data: &BindingData<'_>) -> Result<(String, String), String> {
    let whole = path.resolve(data).map_err(|error| error.to_string())?;
    let (container, name) = whole.split_once('/').unwrap_or((&whole, ""));
    if container.is_empty() || name.is_empty() {
        return Err(format!("it has become `{whole}`, which is not CONTAINER/NAME"));
    }
    Ok((container.to_owned(), name.to_owned()))
}

fn data_of<'a>(function: &'a str, trigger: &'a TriggerData, now: Timestamp) -> BindingData<'a> {
    let mut data = BindingData::new(function, now);
    match trigger {
        TriggerData::Http(call) => {
            let route = call.route.iter();
            data.values = route.map(|(name, value)| (Cow::from(&**name), Cow::from(&**value))).collect();
            let query = call.uri.query().unwrap_or_default();
            data.query = form_urlencoded::parse(query.as_bytes()).collect();
            let text = |value: &'a http::HeaderValue| value.to_str().ok();
            data.headers = call
                .headers
                .iter()
                .filter_map(|(name, value)| Some((Cow::from(name.as_str()), Cow::from(text(value)?))))
                .collect();
            data.body = &call.body;
        }
        TriggerData::Blob(call) => {
            let captures = call.captures.iter();
            data.values =
                captures.map(|(name, text)| (Cow::from(&**name), Cow::from(text.as_str()))).collect();
            let mut add = |name: String, text: String| data.values.push((name.into(), text.into()));
            add("BlobTrigger".to_owned(), call.path.to_string());
            let properties = &call.properties;
            add("Properties.Length".to_owned(), properties.length.to_string());
            let optional = [
                ("Properties.ETag", properties.etag.clone()),
                ("Properties.ContentType", properties.content_type.clone()),
                ("Properties.LastModified", properties.last_modified.map(|time| time.to_string())),
            ];
            for (name, value) in optional {
                value.into_iter().for_each(|value| add(name.to_owned(), value));
            }
            for (name, value) in &properties.metadata {
                add(format!("Metadata.{name}"), value.clone());
            }
        }
        TriggerData::Activity { input, .. } | TriggerData::Manual { input } => {
            data.body = input.as_str().as_bytes();
        }
        TriggerData::Timer(_) => {}
    }
    data
}

/// Where the function's result is to be written, if it is.
pub(super) fn of_result(bound: &[BoundBlob]) -> Option<&BoundBlob> {
    bound.iter().find(|bound| &*bound.name == RETURN)
}

/// Writes a result: a text as it is, anything else as JSON; `null` is nothing to write.
pub(super) async fn write(blobs: &dyn BlobApi, to: &BoundBlob, result: &JsonText) -> Result<(), Failure> {
    let Some((bytes, content_type)) = contents(result) else { return Ok(()) };
    let body = stream::iter([Ok(bytes)]).boxed();
    let options = WriteOptions { content_type: Some(content_type.to_owned()), ..WriteOptions::default() };
    let written = blobs.write(to.path.clone(), body, options).await;
    written.map(|_| ()).map_err(|error| {
        let path = &to.path;
        Failure::new(kind::BINDING, format!("the result could not be written to `{path}`: {error}"))
    })
}

fn contents(result: &JsonText) -> Option<(Bytes, &'static str)> {
    if result.is_null() {
        return None;
    }
    match result.read::<String>() {
        Ok(text) => Some((text.into(), "text/plain; charset=utf-8")),
        Err(_) => Some((Bytes::copy_from_slice(result.as_str().as_bytes()), "application/json")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fnhost_protocol::{blob::BlobProperties, bound::BlobCall};

    use super::*;
    use crate::app::{Binding, ManualTrigger, Trigger};

    fn function(path: &str) -> Function {
        let binding = Binding {
            name: "out".to_owned(),
            direction: Direction::Out,
            kind: BindingKind::Blob { path: Template::parse(path).unwrap(), connection: "Store".to_owned() },
            data_type: None,
        };
        let trigger = Trigger::Manual(ManualTrigger { binding_name: "input".to_owned() });
        Function::new("Copy", "", trigger).with_bindings(vec![binding])
    }

    fn bound(path: &str, trigger: &TriggerData) -> Result<String, String> {
        let bound = bind(&function(path), trigger, Timestamp::EPOCH);
        bound.map(|bound| bound[0].path.to_string()).map_err(|failure| failure.message)
    }

    #[test]
    fn values_come_from_what_started_the_call() {
        let manual = TriggerData::Manual { input: JsonText::parse(r#"{"order":{"id":7}}"#).unwrap() };
        assert_eq!(bound("orders/{order.id}.json", &manual).as_deref(), Ok("orders/7.json"));
        let blob = TriggerData::Blob(Box::new(BlobCall {
            path: BlobPath {
                connection: "Store".into(),
                container: "in".to_owned(),
                name: "a/b.png".to_owned(),
            },
            properties: BlobProperties {
                length: 5,
                metadata: [("owner".to_owned(), "ann".to_owned())].into(),
                ..BlobProperties::default()
            },
            captures: vec![(Arc::from("name"), "a/b".to_owned())],
            attempt: 1,
        }));
        assert_eq!(bound("out/{Name}-{metadata.owner}", &blob).as_deref(), Ok("out/a/b-ann"));
        assert_eq!(bound("{BlobTrigger}.{Properties.Length}", &blob).as_deref(), Ok("in/a/b.png.5"));
    }

    #[test]
    fn what_cannot_be_filled_in_fails_the_call() {
        let manual = |input: &str| TriggerData::Manual { input: JsonText::parse(input).unwrap() };
        for (path, input, why) in [
            ("orders/{id}", "{}", "the body has no field `id`"),
            ("orders/{id}", r#"{"id":""}"#, "not CONTAINER/NAME"),
            ("{id}/x", r#"{"id":""}"#, "not CONTAINER/NAME"),
        ] {
            let message = bound(path, &manual(input)).unwrap_err();
            assert!(message.contains("the binding `out`") && message.contains(why), "{message}");
        }
    }

    #[test]
    fn results_become_contents() {
        let contents = |json: &str| contents(&JsonText::parse(json).unwrap());
        assert_eq!(contents("null"), None);
        assert_eq!(contents(r#""a\nb""#).unwrap().0, "a\nb");
        assert_eq!(contents(r#"{"a":1}"#).unwrap(), (Bytes::from_static(br#"{"a":1}"#), "application/json"));
    }
}
