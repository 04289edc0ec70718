//! What a host finds in a registry.

use fnhost_protocol::{
    failure::kind,
    ids::InstanceId,
    invocation::{Reply, TriggerData},
    turn::Turn,
};
use fnhost_sdk::{JsonText, OrchestrationContext, Registry, Result, TriggerKind};

use crate::scene::{activity, invocation, request, services, wait};

async fn home() -> &'static str {
    "hi"
}

async fn work(number: u32) -> Result<u32> {
    Ok(number + 1)
}

async fn flow(_ctx: OrchestrationContext) -> Result<()> {
    Ok(())
}

fn registry() -> Registry {
    Registry::new()
        .http("Home", "functions/Home/mod.rs", home)
        .activity("Work", "functions/Work/mod.rs", work)
        .manual("ByHand", "functions/ByHand/mod.rs", work)
        .orchestration("Flow", "functions/Flow/mod.rs", flow)
}

#[test]
fn handlers_are_listed_and_found_by_their_exact_name() {
    let registry = registry();
    let listed: Vec<_> = registry.handlers().map(|handler| (handler.name.as_str(), handler.kind)).collect();
    assert_eq!(
        listed,
        [
            ("Home", TriggerKind::Http),
            ("Work", TriggerKind::Activity),
            ("ByHand", TriggerKind::Manual),
            ("Flow", TriggerKind::Orchestration)
        ]
    );
    assert_eq!(registry.find("Work").unwrap().source, "functions/Work/mod.rs");
    assert!(registry.find("work").is_none());
}

#[test]
fn duplicates_are_kept_apart_and_told() {
    let registry = registry().activity("Home", "functions/b/Home/mod.rs", work);
    assert_eq!(registry.handlers().len(), 4);
    assert_eq!(registry.find("Home").unwrap().kind, TriggerKind::Http);
    assert_eq!(
        registry.duplicates()[0].to_string(),
        "two handlers are named `Home`: functions/Home/mod.rs and functions/b/Home/mod.rs; rename one of the folders"
    );
}

#[test]
fn an_unknown_name_offers_those_of_its_kind() {
    let outcome = wait(registry().invoke(invocation("Wrok", activity(1)), &services()));
    let failure = outcome.unwrap_err();
    assert_eq!(failure.kind, kind::UNKNOWN_FUNCTION);
    assert!(failure.non_retriable);
    assert_eq!(
        failure.message,
        "this binary has no handler `Wrok` for activityTrigger; did you mean `Work`? Known are: `Work`"
    );
}

#[test]
fn a_handler_of_another_kind_is_named_with_its_place() {
    let outcome = wait(registry().invoke(invocation("Flow", activity(1)), &services()));
    assert_eq!(
        outcome.unwrap_err().message,
        "`Flow` (functions/Flow/mod.rs) was written for orchestrationTrigger, not for activityTrigger: change the \
         binding in its function.toml or its code"
    );
    let http = TriggerData::Http(Box::new(request("GET", "/")));
    assert!(wait(registry().invoke(invocation("Work", http), &services())).is_err());
}

#[test]
fn calls_by_hand_reach_activities_too() {
    for function in ["ByHand", "Work"] {
        let trigger = TriggerData::Manual { input: JsonText::of(&4).unwrap() };
        let outcome = wait(registry().invoke(invocation(function, trigger), &services()));
        assert!(matches!(outcome, Ok(Reply::Value(value)) if value.as_str() == "5"));
    }
}

#[test]
fn executions_need_a_handler_and_a_history() {
    let turn = |function: &str, base| Turn {
        instance: InstanceId::from_stored("abc"),
        function: function.to_owned(),
        generation: 0,
        session: 1,
        base,
        history: None,
        new_events: Vec::new().into(),
    };
    let registry = registry();
    assert!(registry.start_execution(&turn("Flow", 0), &services()).unwrap().is_some());
    assert!(registry.start_execution(&turn("Flow", 1), &services()).unwrap().is_none());
    let failure = registry.start_execution(&turn("flow", 0), &services()).unwrap_err();
    assert!(failure.message.ends_with("did you mean `Flow`? Known are: `Flow`"), "{failure}");
}
