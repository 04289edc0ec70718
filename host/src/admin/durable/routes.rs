//! Who may pass, and which verb answers.

use std::sync::Arc;

use fnhost_protocol::client::DurableApi;
use fnhost_protocol::ids::InstanceId;
use http::{Method, StatusCode};

use super::refusal::Refusal;
use super::target::Target;
use super::{control, entities, instances, raise, start};
use crate::admin::call::Call;
use crate::admin::parts::DurableOptions;
use crate::admin::path::Path;
use crate::admin::respond::empty;
use crate::http_server::Response;
use crate::keys::KeyRing;

/// The name of the system key.
const EXTENSION: &str = "durabletask_extension";

/// Where this API is served. The first is that of links.
const BASES: [[&str; 3]; 2] =
    [["runtime", "webhooks", "durabletask"], ["admin", "extensions", "durabletaskextension"]];

/// The durable endpoints.
pub(in crate::admin) struct DurableRoutes {
    pub(in crate::admin) api: Arc<dyn DurableApi>,
    pub(in crate::admin) keys: KeyRing,
    pub(in crate::admin) options: DurableOptions,
}

impl DurableRoutes {
    /// Whether a path is below one of the bases.
    pub(in crate::admin) fn has(path: &Path) -> bool {
        let lower = path.lower();
        BASES.iter().any(|base| lower.starts_with(base))
    }

    /// Answers a call of a path below a base.
    pub(in crate::admin) async fn answer(&self, call: Call) -> Response {
        let target = Target::parse(call.path.from(BASES[0].len()));
        if !self.may_pass(&call, target.as_ref()) {
            return empty(StatusCode::UNAUTHORIZED);
        }
        let answered = match target {
            Some(target) => self.serve(target, call).await,
            None => Err(Refusal::NotFound),
        };
        answered.unwrap_or_else(Refusal::into_response)
    }

    /// The system key and the master key open everything, a token what is about its instance.
    fn may_pass(&self, call: &Call, target: Option<&Target>) -> bool {
        let key = call.key();
        if self.keys.check_system(EXTENSION, key.as_deref()).is_allowed() {
            return true;
        }
        let id = target.and_then(Target::instance).and_then(|id| InstanceId::parse(id).ok());
        matches!((id, key), (Some(id), Some(token)) if self.keys.tokens().opens(&id, &token))
    }

    async fn serve(&self, target: Target, call: Call) -> Result<Response, Refusal> {
        self.check_hub(&call)?;
        let method = call.method().clone();
        match (method, target) {
            (Method::POST, Target::Start { function, id }) => start::start(self, call, function, id).await,
            (Method::GET, Target::Instances) => instances::list(self, &call).await,
            (Method::DELETE, Target::Instances) => control::purge_all(self, &call).await,
            (Method::GET, Target::Instance(id)) => instances::status(self, &call, &id).await,
            (Method::DELETE, Target::Instance(id)) => control::purge(self, &call, &id).await,
            (Method::POST, Target::Event { id, name }) => raise::raise(self, call, &id, name).await,
            (Method::POST, Target::Control { id, verb }) => control::control(self, &call, &id, verb).await,
            (Method::POST, Target::Rewind(id)) => control::rewind(self, &id).await,
            (Method::POST, Target::Restart(id)) => control::restart(self, &call, &id).await,
            (Method::GET, Target::Entities(name)) => entities::list(self, &call, name.as_deref()).await,
            (Method::GET, Target::Entity { name, key }) => entities::read(self, &name, &key).await,
            (Method::POST, Target::Entity { name, key }) => entities::signal(self, call, &name, &key).await,
            (Method::DELETE, Target::Entity { name, key }) => entities::delete(self, &name, &key).await,
            // There is no other region to take over from.
            (Method::POST, Target::MakePrimary) => Ok(empty(StatusCode::OK)),
            _ => Err(Refusal::NotFound),
        }
    }

    /// A request that is meant for another hub must not find instances of this one that happen to have its ids.
    fn check_hub(&self, call: &Call) -> Result<(), Refusal> {
        match call.query.get("taskHub") {
            Some(hub) if !hub.eq_ignore_ascii_case(&self.options.hub) => {
                let text = format!(
                    "The task hub '{hub}' is not served by this host, whose task hub is '{}'.",
                    self.options.hub
                );
                Err(Refusal::Says(StatusCode::NOT_FOUND, text))
            }
            _ => Ok(()),
        }
    }
}
