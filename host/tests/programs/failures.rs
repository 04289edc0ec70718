//! A failure travels from an activity through a child and a parent into the status document, and loses nothing.

use fnhost_sdk::{Context, Error, OrchestrationContext, Registry, Result};

use crate::stage::Stage;

/// What the bank says.
#[derive(Debug, thiserror::Error)]
#[error("account {0} is empty")]
struct NoMoney(u32);

fn handlers() -> Registry {
    async fn charge(account: u32) -> Result<()> {
        let refused = Error::from(NoMoney(account));
        Err(Error::new("the card was declined").with_kind("Declined").caused_by(refused).non_retriable())
    }
    async fn pay(ctx: OrchestrationContext, account: u32) -> Result<()> {
        ctx.activity::<()>("Charge", account).await.context("cannot pay")
    }
    async fn order(ctx: OrchestrationContext) -> Result<String> {
        match ctx.sub_orchestration::<()>("Pay", 7).await {
            Err(error) if error.kind() == "Declined" && error.has_cause::<NoMoney>() => {
                Ok(format!("{}; {} failures", error.root_cause().message, error.chain().count()))
            }
            other => Ok(format!("{other:?}")),
        }
    }
    async fn careless(ctx: OrchestrationContext) -> Result<()> {
        ctx.sub_orchestration_with_id::<()>("Pay", "payment", 7).await
    }
    Registry::new()
        .activity("Charge", "charge.rs", charge)
        .orchestration("Pay", "pay.rs", pay)
        .orchestration("Order", "order.rs", order)
        .orchestration("Careless", "careless.rs", careless)
}

#[tokio::test]
async fn a_parent_tells_failures_of_grandchildren_apart() {
    let mut stage = Stage::new(&["Charge"], &["Pay", "Order", "Careless"]);
    let host = stage.start(handlers()).await;
    let id = host.begin("Order", "o").await;
    // From the top: the call of the child, the child, its sentence, the call of the activity, the activity, its text,
    // and the bank.
    assert_eq!(host.output::<String>(&id).await, "account 7 is empty; 7 failures");
    host.stop().await;
}

#[tokio::test]
async fn the_status_document_tells_the_whole_chain() {
    let mut stage = Stage::new(&["Charge"], &["Pay", "Order", "Careless"]);
    let host = stage.start(handlers()).await;
    let id = host.begin("Careless", "c").await;
    let document = host.document(&id).await;
    assert_eq!(
        document["output"],
        "Orchestrator function 'Careless' failed: sub-orchestration `Pay` failed: sub-orchestration `Pay` (payment) \
         failed: cannot pay: activity `Charge` failed: The activity function 'Charge' failed: the card was declined: \
         account 7 is empty"
    );
    let failure = host.status(&id).await.failure.unwrap();
    assert!(failure.chain().all(|failure| failure.non_retriable || failure.cause.is_none()), "{failure:?}");
    let place = failure.root().details.clone().unwrap_or_default();
    assert!(place.contains("failures.rs:"), "where the error was made: {place}");
    host.stop().await;
}
