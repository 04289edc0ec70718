//! Orchestrations from outside: where errors were made, and what is logged once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fnhost_sdk::{OrchestrationContext, Result, bail, testing::OrchestrationTester};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

#[test]
fn errors_say_where_they_were_made() {
    async fn timer(ctx: OrchestrationContext) -> Result<()> {
        ctx.timer(ctx.setting("Window")?).await
    }
    async fn input(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity("Save", std::collections::HashMap::from([([1], 2)])).await
    }
    async fn text(_ctx: OrchestrationContext) -> Result<()> {
        bail!("no paper")
    }
    async fn question(_ctx: OrchestrationContext) -> Result<i32> {
        Ok("x".parse()?)
    }
    let runs = [
        OrchestrationTester::new(timer).setting("Window", "five").run(()),
        OrchestrationTester::new(timer).run(()),
        OrchestrationTester::new(input).run(()),
        OrchestrationTester::new(text).run(()),
        OrchestrationTester::new(question).run(()),
    ];
    for run in runs {
        let failure = run.failure().chain().last().unwrap();
        let place = failure.details.as_deref().unwrap_or("nowhere");
        assert!(place.starts_with("at crates/sdk/tests/sdk/orchestrations.rs:"), "{failure}: {place}");
    }
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == fnhost_sdk::USER_LOG_TARGET
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!("{}={value:?} ", field.name());
            }
        }
        let mut text = Text(format!("{} ", event.metadata().level()));
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0.trim_end().to_owned());
    }

    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn each_line_is_written_once_by_the_code_that_is_kept() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        // Taken once, used all along.
        let log = ctx.log();
        for round in 0..3 {
            log.info(format_args!("round {round}"));
            ctx.timer(Duration::from_secs(1)).await?;
        }
        log.warn("over");
        Ok(())
    }
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || OrchestrationTester::new(code).run(()));
    let lines = lines.0.lock().unwrap().clone();
    // The tester runs each turn with kept and with replayed code: two of each, and none from a replay.
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(["round 0", "round 1", "round 2", "over"].map(count), [2; 4], "{lines:?}");
    assert_eq!(lines[0], r#"INFO message=round 0 function="Test" instance=test"#);
    assert!(lines.last().unwrap().starts_with("WARN "));
}
