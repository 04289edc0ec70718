//! The floor of entities: signals are written, and what has come for an entity while its last turn was being written is
//! the next turn.

use std::collections::{HashMap, VecDeque};

use durable_core::{
    limits::Limits,
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance},
    state::{self, Incoming, State},
    store::{EntityStateChange, SendCommit, Target, TurnCommit, TurnOrigin},
};
use fnhost_protocol::{
    entity::EntityOutcome,
    ids::{EntityId, InstanceId},
    json::JsonText,
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{Writer, life::Leases};

/// The state after so many signals.
type StateOf = fn(u64) -> JsonText;

/// Sends signals and has them applied.
pub(crate) struct Appliers {
    sender: Sender,
    applying: tokio::task::JoinHandle<anyhow::Result<()>>,
}

/// Sends signals. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sender {
    writer: Writer,
    sent: mpsc::UnboundedSender<(InstanceKey, MessageId)>,
}

impl Appliers {
    /// Begins with no entities.
    pub(crate) fn start(writer: Writer, state: StateOf) -> Self {
        let (sent, received) = mpsc::unbounded_channel();
        let applying = tokio::spawn(apply(writer.clone(), received, state));
        Self { sender: Sender { writer, sent }, applying }
    }

    /// A handle for clients.
    pub(crate) fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Completes when every signal is applied; to be awaited when the clients have ended.
    pub(crate) async fn applied(self) -> anyhow::Result<()> {
        drop(self.sender);
        self.applying.await?
    }
}

impl Sender {
    /// Completes when the signal is on record.
    pub(crate) async fn signal(
        &self,
        entity: &EntityId,
        operation: &str,
        input: JsonText,
    ) -> anyhow::Result<()> {
        let instance = instance(self.writer.key(), entity.instance_id(), entity.name());
        let message = Message::signal(operation, input);
        let delivery = self.writer.send(SendCommit { target: Target::Entity(instance), message }).await?;
        // When applying has failed, `applied` says why.
        self.sent.send((delivery.key, delivery.message)).ok();
        Ok(())
    }
}

fn instance(key: InstanceKey, id: InstanceId, name: &str) -> NewInstance {
    NewInstance { key, id, kind: InstanceKind::Entity, name: name.to_owned(), input: None, parent: None }
}

/// One entity.
#[derive(Default)]
struct Entity {
    turns: u64,
    applied: u64,
    waiting: Vec<MessageId>,
    is_busy: bool,
}

async fn apply(
    writer: Writer,
    mut received: mpsc::UnboundedReceiver<(InstanceKey, MessageId)>,
    state: StateOf,
) -> anyhow::Result<()> {
    let template = template(state);
    let mut entities: HashMap<InstanceKey, Entity> = HashMap::new();
    let mut writing: JoinSet<anyhow::Result<InstanceKey>> = JoinSet::new();
    let mut more_may_come = true;
    while more_may_come || !writing.is_empty() {
        let key = tokio::select! {
            message = received.recv(), if more_may_come => {
                let Some((key, message)) = message else {
                    more_may_come = false;
                    continue;
                };
                entities.entry(key).or_default().waiting.push(message);
                key
            }
            Some(done) = writing.join_next() => {
                let key = done??;
                entities.entry(key).or_default().is_busy = false;
                key
            }
        };
        let entity = entities.entry(key).or_default();
        if !entity.is_busy && !entity.waiting.is_empty() {
            let turn = entity.turn(&template, key, state);
            let writer = writer.clone();
            writing.spawn(async move {
                writer.turn(turn).await?;
                Ok(key)
            });
        }
    }
    Ok(())
}

impl Entity {
    /// The next turn: everything that waits.
    fn turn(&mut self, template: &TurnCommit, key: InstanceKey, state: StateOf) -> TurnCommit {
        let mut turn = template.clone();
        turn.key = key;
        turn.origin = TurnOrigin::Existing { turn: self.turns };
        turn.consumed = std::mem::take(&mut self.waiting);
        self.is_busy = true;
        self.turns += 1;
        self.applied += turn.consumed.len() as u64;
        turn.update.turn = self.turns;
        turn.update.entity_state = EntityStateChange::Set(Some(state(self.applied)));
        turn
    }
}

/// A turn of an entity, as the pure core makes it.
fn template(state: StateOf) -> TurnCommit {
    let key = InstanceKey(0);
    let before = State::created(&instance(key, InstanceId::from_stored("@any@any"), "any"), super::now());
    let message = Message::signal("", JsonText::null());
    let mut pending = VecDeque::from([Incoming::Message(MessageId(0), message)]);
    let batch = state::begin_entity(&before, &mut pending, 1, super::now());
    let outcome =
        EntityOutcome { state: Some(state(1)), results: vec![Ok(JsonText::null())], actions: Vec::new() };
    state::apply_entity(&before, batch, Ok(outcome), &Limits::default(), &mut Leases(0)).commit
}
