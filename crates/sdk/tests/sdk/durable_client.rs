//! The durable client, over an engine that answers as it is told.

use std::{sync::Arc, time::Duration};

use fnhost_protocol::{
    failure::Failure, http::HttpReply, invocation::Reply, json::JsonText, status::RuntimeStatus,
};
use fnhost_sdk::{
    ClientError, DurableClient, EntityId, EntityQuery, InstanceQuery, PurgeFilter, Registry, Response,
    Result, host::TaskHandler,
};

use crate::{
    engine::Engine,
    scene::{activity, invocation, reply, request, wait},
};

fn run<M>(engine: &Arc<Engine>, handler: impl TaskHandler<M>) -> Result<String, Failure> {
    let registry = Registry::new().activity("Test", "test.rs", handler);
    match wait(registry.invoke(invocation("Test", activity(())), &engine.services()))? {
        Reply::Value(value) => Ok(value.to_string()),
        Reply::Http(_) => panic!("an HTTP reply"),
    }
}

#[test]
fn calls_reach_the_engine_with_what_was_given() {
    async fn code(client: DurableClient) -> Result<()> {
        let id = client.start("Flow", [1, 2]).await?;
        client.start_with_id("Flow", "mine", ()).await?;
        client.raise_event(&id, "Close", true).await?;
        client.suspend(&id, "night").await?;
        client.resume(id.to_string(), "day").await?;
        client.terminate("abc", String::from("enough")).await?;
        client.terminate_recursive("abc", "all").await?;
        client.purge(&id).await?;
        let tree = client.purge_recursive(id).await?;
        let failed =
            PurgeFilter { statuses: vec![RuntimeStatus::Failed], at_most: Some(7), ..PurgeFilter::default() };
        let all = client.purge_all(failed).await?;
        assert_eq!((tree, all.instances, all.is_complete), (3, 7, false));
        client.signal_entity(&EntityId::new("Counter", "K")?, "Add", 3).await?;
        client
            .query(InstanceQuery { statuses: vec![RuntimeStatus::Failed], ..InstanceQuery::default() })
            .await?;
        client.query_entities(EntityQuery::default()).await?;
        Ok(())
    }
    let engine = Engine::with(RuntimeStatus::Running);
    run(&engine, code).unwrap();
    assert_eq!(
        engine.asked(),
        [
            "start Flow([1,2]) as None",
            "start Flow(null) as Some(\"mine\")",
            "raise Close(true) for abc",
            "suspend abc: night",
            "resume abc: day",
            "terminate abc Instance: enough",
            "terminate abc Tree: all",
            "purge abc Instance",
            "purge abc Tree",
            "purge all [Failed] Some(7)",
            "signal @counter@K.Add(3)",
            "query [Failed]",
        ]
    );
}

#[test]
fn refusals_are_errors_of_their_kind() {
    async fn unknown(client: DurableClient) -> Result<()> {
        client.start("Unknown", ()).await?;
        Ok(())
    }
    let failure = run(&Engine::with(RuntimeStatus::Running), unknown).unwrap_err();
    assert_eq!(failure.kind, std::any::type_name::<ClientError>());
    assert_eq!(failure.message, "The function 'Unknown' doesn't exist");
    assert!(failure.non_retriable);

    async fn late(client: DurableClient) -> Result<()> {
        Ok(client.raise_event("abc", "Close", true).await?)
    }
    let failure = run(&Engine::with(RuntimeStatus::Terminated), late).unwrap_err();
    assert_eq!(failure.to_string(), "instance `abc` is in the Terminated state");
    assert!(failure.details.unwrap().starts_with("at crates/sdk/tests/sdk/durable_client.rs:"));
    let failure = run(&Arc::default(), late).unwrap_err();
    assert_eq!(failure.to_string(), "no instance with id `abc` was found");

    async fn bad_id(client: DurableClient) -> Result<()> {
        Ok(client.terminate("a#b", "").await?)
    }
    assert!(run(&Arc::default(), bad_id).unwrap_err().message.contains("must not contain"));
}

#[test]
fn an_output_has_the_type_that_is_asked_for() {
    async fn code(client: DurableClient) -> Result<String> {
        client.wait_for_output("abc", Duration::from_secs(5)).await
    }
    assert_eq!(run(&Engine::with(RuntimeStatus::Completed), code).unwrap(), "\"out\"");
    let failed = run(&Engine::with(RuntimeStatus::Failed), code).unwrap_err();
    assert_eq!((failed.kind.as_str(), failed.message.as_str()), ("Error", "no paper"));
    for (status, kind, text) in [
        (RuntimeStatus::Terminated, "Terminated", "instance `abc` was terminated: \"enough\""),
        (RuntimeStatus::Running, "NotFinished", "instance `abc` is Running after 5s"),
    ] {
        let failure = run(&Engine::with(status), code).unwrap_err();
        assert_eq!((failure.kind.as_str(), failure.message.as_str()), (kind, text));
    }
    async fn other(client: DurableClient) -> Result<u32> {
        client.wait_for_output("abc", Duration::ZERO).await
    }
    let failure = run(&Engine::with(RuntimeStatus::Completed), other).unwrap_err();
    assert!(failure.message.starts_with("the output of instance `abc` is no `u32`: "), "{failure}");
}

#[test]
fn an_instance_runs_again_with_its_function_and_input() {
    async fn code(client: DurableClient) -> Result<()> {
        client.restart("abc").await?;
        client.restart_in_place("abc").await?;
        Ok(())
    }
    let engine = Engine::with(RuntimeStatus::Completed);
    run(&engine, code).unwrap();
    let read = "status abc true";
    let expected = [read, "start F(\"in\") as None", read, "start F(\"in\") as Some(\"abc\")"];
    assert_eq!(engine.asked(), expected);
    let failure = run(&Arc::default(), code).unwrap_err();
    assert_eq!(failure.to_string(), "no instance with id `abc` was found");
}

#[test]
fn a_status_is_none_for_what_is_not_there_or_can_not_be() {
    async fn code(client: DurableClient) -> Result<(bool, bool)> {
        Ok((client.status("abc").await?.is_some(), client.status("a/b").await?.is_some()))
    }
    assert_eq!(run(&Arc::default(), code).unwrap(), "[false,false]");
    assert_eq!(run(&Engine::with(RuntimeStatus::Running), code).unwrap(), "[true,false]");
}

#[test]
fn entities_are_read_with_their_type() {
    async fn code(client: DurableClient) -> Result<Option<u32>> {
        client.read_entity(&EntityId::new("Counter", "K")?).await
    }
    let engine = |state: Option<&str>| {
        Arc::new(Engine { entity: state.map(|state| JsonText::parse(state).unwrap()), ..Engine::default() })
    };
    assert_eq!(run(&engine(Some("3")), code).unwrap(), "3");
    assert_eq!(run(&engine(None), code).unwrap(), "null");
    let failure = run(&engine(Some("[3]")), code).unwrap_err();
    assert!(failure.message.starts_with("the state of entity @counter@K is no `u32`: "), "{failure}");
}

async fn check_status(client: DurableClient) -> Result<Response> {
    client.check_status_response("abc")
}

async fn wait_or_check(client: DurableClient) -> Result<Response> {
    client.wait_or_check_status("abc", Duration::from_millis(1500)).await
}

fn answer(engine: &Arc<Engine>, handler: impl AsyncHandler) -> HttpReply {
    reply(move |client| handler.call(client), request("POST", "/x"), &engine.services()).unwrap()
}

/// Functions of a client that answer.
trait AsyncHandler: Send + Sync + 'static {
    fn call(&self, client: DurableClient) -> futures_core::future::BoxFuture<'static, Result<Response>>;
}

impl<F, R> AsyncHandler for F
where
    F: Fn(DurableClient) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Response>> + Send + 'static,
{
    fn call(&self, client: DurableClient) -> futures_core::future::BoxFuture<'static, Result<Response>> {
        Box::pin(self(client))
    }
}

#[test]
fn the_check_status_answer_has_links_of_the_callers_own() {
    let reply = answer(&Engine::with(RuntimeStatus::Running), check_status);
    assert_eq!(reply.status, 202);
    assert_eq!(reply.headers["location"], "http://127.0.0.1:7071/instances/abc");
    assert_eq!(reply.headers["retry-after"], "10");
    assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
    let document: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(document["statusQueryGetUri"], "http://127.0.0.1:7071/instances/abc");
    assert_eq!(document.as_object().unwrap().len(), 8);

    async fn elsewhere(client: DurableClient) -> Result<()> {
        client.check_status_response("abc")?;
        Ok(())
    }
    let failure = run(&Engine::with(RuntimeStatus::Running), elsewhere).unwrap_err();
    assert_eq!(
        failure.message,
        "a check-status answer can only be made by an HTTP function: its links begin as the caller's URL"
    );
}

#[test]
fn waiting_answers_output_status_or_links() {
    let body = |status| {
        let engine = Engine::with(status);
        let reply = answer(&engine, wait_or_check);
        assert_eq!(engine.asked()[0], "wait abc 1.5s");
        (reply.status.as_u16(), String::from_utf8(reply.body.to_vec()).unwrap())
    };
    assert_eq!(body(RuntimeStatus::Completed), (200, r#""out""#.to_owned()));
    for (status, output) in [
        (RuntimeStatus::Failed, "Orchestrator function 'F' failed: no paper"),
        (RuntimeStatus::Terminated, "enough"),
    ] {
        let (code, document) = body(status);
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(code, 200);
        assert_eq!(document["runtimeStatus"], status.as_str());
        assert_eq!((&document["input"], &document["output"]), (&"in".into(), &output.into()));
    }
    for status in [RuntimeStatus::Pending, RuntimeStatus::Running, RuntimeStatus::Suspended] {
        let (code, document) = body(status);
        assert_eq!(code, 202);
        assert!(document.contains("statusQueryGetUri"), "{document}");
    }
}
