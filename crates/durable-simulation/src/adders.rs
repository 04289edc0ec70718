//! Clients that add at entities: by signals, now or later, and by calls that are answered.

use std::sync::Arc;

use durable_engine::Client;
use fnhost_protocol::client::{ClientError, Due};

use crate::{
    audit::addition_name,
    calls::{Known, Outside},
    plan::{Adder, How, Wish},
    program::{Addition, entity, json},
};

impl Outside {
    /// Adds, one after another.
    pub(crate) async fn add(self: Arc<Self>, adder: Adder) {
        tokio::time::sleep(adder.begins).await;
        let mut sender = format!("client {}", self.world.next_call());
        for (place, wish) in (0_u64..).zip(adder.wishes) {
            self.pause(adder.pause).await;
            let known = match wish.how {
                How::Signal => self.signal((sender.clone(), place, wish.add), wish.key).await,
                How::Call => self.call_entity((sender.clone(), place, wish.add), wish.key).await,
                // It may arrive after whatever is sent next.
                How::Later(_) => {
                    self.signal_later((format!("later {place} of {sender}"), 0, wish.add), wish).await
                }
            };
            if let Known::Nothing = known {
                // It may arrive after the next one: only what is acknowledged is in order.
                sender = format!("client {}", self.world.next_call());
            }
        }
    }

    async fn signal(&self, addition: Addition, key: u64) -> Known {
        let (name, input) = (addition_name(&addition.0, addition.1), json(&addition));
        let signal =
            |client: Client| async move { client.signal_entity(entity(key), "add".to_owned(), input).await };
        self.call_once(&name, signal).await
    }

    async fn signal_later(&self, addition: Addition, wish: Wish) -> Known {
        let How::Later(pause) = wish.how else { return Known::Nothing };
        let (name, input) = (addition_name(&addition.0, addition.1), json(&addition));
        let signal = |client: Client| async move {
            client.signal_entity_at(Due::In(pause), entity(wish.key), "add".to_owned(), input).await
        };
        self.call_once(&name, signal).await
    }

    /// The answer tells how many have added by then, this one included.
    async fn call_entity(&self, addition: Addition, key: u64) -> Known {
        let (name, input) = (addition_name(&addition.0, addition.1), json(&addition));
        let (id, world) = (entity(key).instance_id(), self.world.clone());
        let call = |client: Client| async move {
            let answer = client.call_entity(entity(key), "add".to_owned(), input).await?;
            let count = answer.read::<usize>().map_err(|error| ClientError::InvalidArgument {
                message: format!("the answer is no number: {error}"),
            })?;
            world.audit(|audit| audit.answered(&id, &addition, count));
            Ok(())
        };
        self.call_once(&name, call).await
    }
}
