//! Entities: typed and by name, in batches, each operation alone.

use fnhost_protocol::{
    entity::{EntityAction, EntityBatch, EntityOperation, EntityOutcome},
    failure::kind,
    json::JsonText,
    time::Timestamp,
};
use fnhost_sdk::{
    EntityContext, EntityId, EntityReply, InstanceId, Registry, Result, bail, entity, host::EntityHandler,
};
use serde::{Deserialize, Serialize};

use crate::scene::{json, services, wait};

/// The time of all batches.
const NOW: Timestamp = Timestamp::from_micros(1_000_000);

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ledger {
    total: i64,
    entries: Vec<String>,
}

#[entity]
impl Ledger {
    const LIMIT: i64 = 100;

    fn limit() -> i64 {
        Self::LIMIT
    }

    fn add_entry(&mut self, (text, amount): (String, i64)) -> Result<i64> {
        self.total += amount;
        if self.total > Self::limit() {
            bail!("`{text}` would make {}", self.total);
        }
        self.entries.push(text);
        Ok(self.total)
    }

    async fn tell(&mut self, ctx: &EntityContext, to: String) -> Result<()> {
        tokio::task::yield_now().await;
        self.total += 1;
        ctx.signal(&EntityId::new("Ledger", &to)?, "AddEntry", ("told", 1))?;
        ctx.start_orchestration("Audit", self.total)?;
        ctx.start_orchestration_with_id("Audit", format!("audit-{to}"), ())?;
        if to == "nobody" {
            panic!("there is nobody");
        }
        Ok(())
    }

    fn total(&self) -> i64 {
        self.total
    }

    fn close(&mut self, ctx: &mut EntityContext) -> String {
        ctx.delete_state();
        format!("{} of {}", ctx.operation(), ctx.id())
    }

    fn new(&mut self) {
        self.entries.clear();
    }
}

async fn ledger(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<Ledger>().await
}

fn operation(name: &str, input: impl Serialize) -> EntityOperation {
    EntityOperation { name: name.to_owned(), input: json(input), is_signal: false }
}

fn run<M>(
    handler: impl EntityHandler<M>,
    state: Option<&str>,
    operations: impl IntoIterator<Item = EntityOperation>,
) -> EntityOutcome {
    let registry = Registry::new().entity("Ledger", "test.rs", handler);
    let batch = EntityBatch {
        entity: EntityId::new("Ledger", "K").unwrap(),
        function: "Ledger".to_owned(),
        now: NOW,
        state: state.map(JsonText::from_stored),
        operations: operations.into_iter().collect(),
    };
    wait(registry.run_entity(batch, &services())).unwrap()
}

/// Results as texts.
fn told(outcome: &EntityOutcome) -> Vec<String> {
    outcome
        .results
        .iter()
        .map(|result| match result {
            Ok(value) => value.to_string(),
            Err(failure) => format!("{}: {failure}", failure.kind),
        })
        .collect()
}

fn state(outcome: &EntityOutcome) -> Option<&str> {
    outcome.state.as_ref().map(JsonText::as_str)
}

#[test]
fn operations_are_named_without_case_and_underscores() {
    let names = ["AddEntry", "add_entry", "ADDENTRY", "addEntry"];
    let outcome = run(ledger, None, names.map(|name| operation(name, ("x", 1))));
    assert_eq!(told(&outcome), ["1", "2", "3", "4"]);
    assert_eq!(state(&outcome), Some(r#"{"Total":4,"Entries":["x","x","x","x"]}"#));
}

#[test]
fn a_failed_operation_leaves_no_trace() {
    let outcome = run(
        ledger,
        Some(r#"{"Total":90,"Entries":[]}"#),
        [
            operation("AddEntry", ("a", 5)),
            operation("AddEntry", ("b", 50)),
            operation("Tell", "nobody"),
            operation("AddEntry", "wrong"),
            operation("AddEntry", ("c", 5)),
            operation("Tell", "L"),
        ],
    );
    let told = told(&outcome);
    assert_eq!(told[..2], ["95", "Error: `b` would make 145"]);
    assert!(told[2].starts_with("Panic: the code panicked at "), "{told:?}");
    assert!(told[2].ends_with(": there is nobody"), "{told:?}");
    assert!(
        told[3].starts_with("WrongType: the input of `AddEntry` of entity @ledger@K is no `(String, i64)`: ")
    );
    assert_eq!(told[4..], ["100", "null"]);
    assert_eq!(state(&outcome), Some(r#"{"Total":101,"Entries":["a","c"]}"#));
    assert_eq!(
        outcome.actions,
        [
            EntityAction::Signal {
                entity: EntityId::new("Ledger", "L").unwrap(),
                operation: "AddEntry".to_owned(),
                input: json(("told", 1)),
                at: None,
            },
            EntityAction::StartOrchestration { name: "Audit".to_owned(), instance: None, input: json(101) },
            EntityAction::StartOrchestration {
                name: "Audit".to_owned(),
                instance: Some(InstanceId::from_stored("audit-L")),
                input: json(()),
            },
        ]
    );
}

#[test]
fn unknown_operations_offer_what_there_is() {
    let outcome = run(ledger, None, [operation("AddEntri", 1), operation("xyz", 1)]);
    let known = "`add_entry`, `close`, `delete`, `new`, `tell`, `total`";
    assert_eq!(
        told(&outcome),
        [
            format!(
                "Error: entity @ledger@K has no operation `AddEntri`; did you mean `add_entry`? Known are: {known}"
            ),
            format!("Error: entity @ledger@K has no operation `xyz`; known are: {known}"),
        ]
    );
    assert!(outcome.results.iter().all(|result| result.as_ref().unwrap_err().non_retriable));
    assert_eq!(outcome.state, None, "a failed first operation creates nothing");
}

#[test]
fn the_first_operation_creates_and_delete_removes() {
    let outcome = run(ledger, None, [operation("Total", ())]);
    assert_eq!(told(&outcome), ["0"]);
    assert_eq!(state(&outcome), Some(r#"{"Total":0,"Entries":[]}"#));
    let outcome = run(ledger, state(&outcome), [operation("AddEntry", ("a", 5)), operation("DELETE", ())]);
    assert_eq!((told(&outcome).last().unwrap().as_str(), outcome.state), ("null", None));
    let outcome = run(
        ledger,
        Some(r#"{"Total":90,"Entries":[]}"#),
        [operation("delete", ()), operation("AddEntry", ("a", 5))],
    );
    assert_eq!(state(&outcome), Some(r#"{"Total":5,"Entries":["a"]}"#));
}

#[test]
fn an_operation_may_work_on_the_state_by_hand() {
    let outcome = run(ledger, Some(r#"{"Total":90,"Entries":[]}"#), [operation("Close", ())]);
    assert_eq!(told(&outcome), [r#""Close of @ledger@K""#]);
    assert_eq!(outcome.state, None);
}

#[test]
fn a_look_leaves_the_state_as_it_is_written() {
    let spaced = r#"{ "Total": 90, "Entries": [] }"#;
    let outcome = run(ledger, Some(spaced), [operation("Total", ())]);
    assert_eq!((told(&outcome), state(&outcome)), (vec!["90".to_owned()], Some(spaced)));
}

#[test]
fn a_state_of_another_shape_fails_each_operation_and_stays() {
    let outcome = run(ledger, Some("7"), [operation("Total", ()), operation("delete", ())]);
    let told = told(&outcome);
    assert!(told[0].starts_with("WrongType: the state of entity @ledger@K is no `Ledger`: "), "{told:?}");
    assert!(told[0].contains("; found 7."), "{told:?}");
    assert_eq!(outcome.state, None, "it can be deleted all the same");
}

async fn by_name(ctx: EntityContext) -> Result<EntityReply> {
    let count = ctx.state::<i64>()?.unwrap_or(0);
    match ctx.operation() {
        "add" => {
            ctx.set_state(count + ctx.input::<i64>()?)?;
            ctx.reply(())
        }
        "get" => ctx.reply((count, ctx.key().to_owned(), ctx.setting("Shop")?.to_string(), ctx.is_signal())),
        _ => ctx.unknown_operation(&["add", "get"]),
    }
}

#[test]
fn entities_by_name_create_nothing_by_a_look() {
    let outcome = run(by_name, None, [operation("get", ())]);
    assert_eq!(told(&outcome), [r#"[0,"K","Zork & Sons",false]"#]);
    assert_eq!(outcome.state, None);
    let outcome = run(by_name, Some("3"), [operation("add", 4), operation("add", "x"), operation("get", ())]);
    assert_eq!(state(&outcome), Some("7"));
    let outcome = run(by_name, Some("3"), [operation("Delete", ()), operation("got", ())]);
    assert_eq!(outcome.state, None);
    assert!(told(&outcome)[1].contains("did you mean `get`?"));
}

#[test]
fn any_json_is_an_answer() {
    let outcome =
        run(|_: EntityContext| async { Ok::<_, fnhost_sdk::Error>([1, 2]) }, None, [operation("x", ())]);
    assert_eq!(told(&outcome), ["[1,2]"]);
    let odd =
        |_: EntityContext| async { Ok::<_, fnhost_sdk::Error>(std::collections::HashMap::from([([1], 2)])) };
    let outcome = run(odd, None, [operation("x", ())]);
    assert!(told(&outcome)[0].contains("the operation's result cannot be written as JSON"));
}

#[test]
fn an_unknown_entity_is_named() {
    let batch = EntityBatch {
        entity: EntityId::new("Ledgr", "K").unwrap(),
        function: "Ledgr".to_owned(),
        now: NOW,
        state: None,
        operations: Vec::new(),
    };
    let registry = Registry::new().entity("Ledger", "test.rs", ledger);
    let failure = wait(registry.run_entity(batch, &services())).unwrap_err();
    assert_eq!(failure.kind, kind::UNKNOWN_FUNCTION);
    assert!(failure.message.contains("did you mean `Ledger`?"), "{failure}");
}

#[test]
fn a_large_batch_is_linear() {
    let outcome = run(ledger, None, (0..5000).map(|_| operation("AddEntry", ("", 0))));
    assert_eq!(outcome.results.len(), 5000);
}
