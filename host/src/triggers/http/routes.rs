//! The app's HTTP functions as one route table.

use std::sync::Arc;

use super::router::{Methods, RouteError, RouteTable};
use crate::{
    app::{AuthLevel, Function, Functions},
    config::{Problem, Report, code::Code},
};

/// What a route leads to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) function: Arc<Function>,
    pub(super) auth_level: AuthLevel,
}

/// Says in a few words what is wrong with a route template; room `app` asks while it validates.
///
/// # Errors
/// The text.
pub fn check_route(template: &str) -> Result<(), String> {
    let alone = RouteTable::builder().add(template, Methods::any(), ()).build();
    alone.map(drop).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// Functions whose routes contradict those of others in a way that only the table sees, and why; without them there is
/// a table. Room `app` finds plain contradictions; what is left hides behind defaults and optional parameters.
pub fn contradictions(functions: &Functions) -> Vec<(Arc<str>, Problem)> {
    build(functions).err().unwrap_or_default()
}

/// Builds the table.
pub(super) fn table(functions: &Functions) -> Result<RouteTable<Target>, Box<Report>> {
    build(functions).map_err(|contradictions| {
        let mut report = Report::new();
        report.extend(contradictions.into_iter().map(|(function, problem)| problem.of_function(&function)));
        Box::new(report)
    })
}

fn build(functions: &Functions) -> Result<RouteTable<Target>, Vec<(Arc<str>, Problem)>> {
    let mut builder = RouteTable::builder();
    let mut origins = Vec::new();
    for function in functions.iter().filter(|function| !function.is_disabled()) {
        if let Some(http) = function.trigger().as_http() {
            let target = Target { function: function.clone(), auth_level: http.auth_level };
            let methods = http.methods.clone().map_or_else(Methods::any, Methods::only);
            builder = builder.add(&http.route, methods, target);
            origins.push((function.name().clone(), http.route_at.clone()));
        }
    }
    builder.build().map_err(|errors| {
        let explain = |error: RouteError| {
            let (function, at) = &origins[error.index()];
            let problem = Problem::error(Code::BadRoute, format!("failed to {error}"), at.clone());
            (function.clone(), problem)
        };
        errors.into_iter().map(explain).collect()
    })
}
