//! One run: every pipeline downloads what it is about, all of them at once. Returns its own id.

use fnhost_sdk::{InstanceId, OrchestrationContext, Result};

use super::pipelines::PIPELINES;

pub async fn run(ctx: OrchestrationContext) -> Result<InstanceId> {
    let run_id: String = ctx.activity("CommonActivityFunctions_CreateRun", ()).await?;
    let pipelines = PIPELINES.map(|pipeline| ctx.sub_orchestration::<()>(pipeline, &run_id));
    // One that fails does not stop the others; then the first failure is the run's.
    ctx.join_all(pipelines).await.into_iter().collect::<Result<()>>()?;
    Ok(ctx.instance_id().clone())
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use fnhost_sdk::{bail, testing::OrchestrationTester};

    #[test]
    fn a_pipeline_that_fails_is_named_and_the_other_one_runs() {
        let ran = Rc::new(RefCell::new(Vec::new()));
        let seen = ran.clone();
        let run = OrchestrationTester::new(super::run)
            .activity("CommonActivityFunctions_CreateRun", |(): ()| Ok("run-7"))
            .sub_orchestration("DownloadSomethingElse_Orchestration", |_: String| -> fnhost_sdk::Result<()> {
                bail!("NuGet is closed")
            })
            .sub_orchestration("DownloadSamples_Orchestrator", move |run_id: String| {
                seen.borrow_mut().push(run_id);
                Ok(())
            })
            .run(());
        let failure = run.failure().to_string();
        assert!(
            failure.contains("DownloadSomethingElse_Orchestration") && failure.contains("NuGet is closed"),
            "{failure}"
        );
        assert_eq!(*ran.borrow(), ["run-7"]);
    }
}
