//! Trials as the outside sees them: recorded in the store, and told to whoever operates this host.

use durable_core::suspicion::{Suspicion, Work};

use crate::{
    ask::until_answered,
    machine::{Input, Suspect},
    perform::Performer,
};

impl Performer {
    pub(crate) fn set_trial(&self, suspects: &[Suspect]) {
        for Suspect { instance, function, suspicion, .. } in suspects {
            let (others, Suspicion { deaths, alone, .. }) = (suspects.len() - 1, suspicion);
            tracing::warn!(
                %instance, %function, deaths, alone, others,
                "`{function}` of `{instance}` was in flight when a host died; it runs on trial"
            );
        }
        let trial: Vec<Work> = suspects.iter().map(|suspect| suspect.work).collect();
        self.ask(
            "a trial could not be recorded",
            async move |store, lease| until_answered(|| store.set_trial(lease, trial.clone())).await,
            |_| Input::TrialRecorded,
        );
    }
}

/// Says that work fails because hosts die with it.
pub(crate) fn announce_condemned(Suspect { instance, function, suspicion, .. }: &Suspect) {
    let Suspicion { deaths, alone, .. } = suspicion;
    tracing::error!(
        %instance, %function, deaths, alone,
        "`{function}` of `{instance}` fails: its host died each time while nothing else began beside it"
    );
}
