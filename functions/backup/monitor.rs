//! What the functions of the weather monitor hand on.

use serde::{Deserialize, Serialize};

/// What is watched, and who is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct MonitorRequest {
    pub location: Option<Location>,
    pub phone: Option<String>,
}

/// A town of the United States.
#[derive(Debug, Serialize, Deserialize)]
pub struct Location {
    pub state: String,
    pub city: String,
}
