//! Waits for the answer to one request, and returns it.

use fnhost_sdk::{OrchestrationContext, Result};

use super::events::ANSWER;

pub async fn run(ctx: OrchestrationContext) -> Result<String> {
    ctx.wait_for_event(ANSWER).await
}

#[cfg(test)]
mod tests {
    use fnhost_sdk::testing::OrchestrationTester;

    #[test]
    fn it_returns_the_answer() {
        let run = OrchestrationTester::new(super::run).event("weather_async_response", "Sunny, 21C").run(());
        assert_eq!(run.output::<String>(), "Sunny, 21C");
    }
}
