//! [`check_replay`].

use fnhost_protocol::{
    failure::Failure,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
};

use super::tester::orchestrator;
use crate::{call::Services, handler::OrchestrationHandler, orchestration::Execution, settings::Settings};

/// Whether an orchestrator still does what a recorded history says: run it over histories of running instances
/// before code that changes is put into service.
///
/// # Errors
/// Where code and history part, with what each says.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Result, testing::{OrchestrationTester, check_replay}};
/// async fn before(ctx: OrchestrationContext) -> Result<String> {
///     ctx.activity("SayHello", "Tokyo").await
/// }
/// async fn after(ctx: OrchestrationContext) -> Result<String> {
///     ctx.activity("Greet", "Tokyo").await
/// }
/// let recorded = OrchestrationTester::new(before).activity("SayHello", |_: String| Ok("Hello!")).run(()).history().to_vec();
/// assert!(check_replay(before, &recorded).is_ok());
/// let failure = check_replay(after, &recorded).unwrap_err();
/// assert!(failure.message.contains(
///     "history says that the code asked for activity `SayHello` (task 0), but the code asks for activity `Greet` (task 0)"
/// ));
/// ```
pub fn check_replay<M>(
    handler: impl OrchestrationHandler<M>,
    history: &[HistoryEvent],
) -> Result<(), Failure> {
    let (name, generation) = history
        .iter()
        .find_map(|event| match &event.kind {
            EventKind::ExecutionStarted { name, generation, .. } => Some((name.as_str(), *generation)),
            _ => None,
        })
        .unwrap_or(("unknown", 0));
    let instance = InstanceId::from_stored("check-replay");
    let mut execution = Execution::new(
        orchestrator(handler),
        instance,
        name.into(),
        generation,
        &Services::new(Settings::default()),
    );
    execution.replay(history);
    execution.divergence().map_or(Ok(()), |failure| Err(failure.clone()))
}
