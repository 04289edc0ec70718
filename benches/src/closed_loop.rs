//! Clients that each begin the next when they have the last.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::window::{Driven, Plan, Window};

/// Runs so many clients; `once` does what is measured and says how long it took.
pub(crate) async fn run<Once, Done>(at_once: usize, plan: Plan, once: Once) -> anyhow::Result<Driven>
where
    Once: Fn() -> Done + Clone + Send + 'static,
    Done: Future<Output = anyhow::Result<Duration>> + Send + 'static,
{
    let window = Window::new();
    let clients = clients(at_once, &window, once);
    window.measure(plan, ended(clients)).await
}

/// The clients alone.
pub(crate) fn clients<Once, Done>(at_once: usize, window: &Window, once: Once) -> JoinSet<anyhow::Result<()>>
where
    Once: Fn() -> Done + Clone + Send + 'static,
    Done: Future<Output = anyhow::Result<Duration>> + Send + 'static,
{
    let mut clients = JoinSet::new();
    for _ in 0..at_once {
        let (window, once) = (window.clone(), once.clone());
        clients.spawn(async move {
            while !window.is_over() {
                window.add(once().await?);
            }
            Ok(())
        });
    }
    clients
}

/// Completes when all have ended, or with the first that fails.
pub(crate) async fn ended(mut clients: JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(())
}
