//! What the checks of one function have in common.

use std::sync::Arc;

use super::super::load::RouteCheck;
use super::AppZone;
use crate::config::host_file::HostConfig;
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::settings::Settings;

/// The app around the function, and where problems go.
pub(in crate::app) struct Context<'a> {
    pub(in crate::app) config: &'a HostConfig,
    pub(in crate::app) settings: &'a Settings,
    /// Where schedules that name no zone are at home.
    pub(in crate::app) zone: &'a AppZone,
    pub(in crate::app) route_check: Option<&'a RouteCheck>,
    pub(in crate::app) report: &'a mut Report,
}

impl Context<'_> {
    /// Reports a problem of this function.
    pub(super) fn push(&mut self, function: &Arc<str>, problem: Problem) {
        self.report.push(problem.of_function(function));
    }
}
