//! The same cases on three hosts: a plain one, one whose worker forgets, one that evicts at random.

/// Turns cases `fn name(scene: Scene)` of this module into tests, three of each. A case that is not listed is
/// dead code, so none is forgotten.
macro_rules! on_every_worker {
    ($($case:ident),* $(,)?) => {
        /// The host as it is.
        mod plain {
            $(#[test] fn $case() { super::$case($crate::support::Scene::new()); })*
        }
        /// Everything that crosses the worker seam is serialised, and sessions are forgotten at random.
        mod forgetful_worker {
            $(#[test] fn $case() { super::$case($crate::support::Scene::new().forgetful_worker(7)); })*
        }
        /// Instances are thrown out of memory at random before their turns.
        mod random_eviction {
            $(#[test] fn $case() { super::$case($crate::support::Scene::new().random_eviction(11)); })*
        }
    };
}
