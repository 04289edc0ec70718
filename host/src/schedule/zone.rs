//! Time zones by name.

use std::fmt;

use fnhost_protocol::time::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase, db};

use crate::config::suggest;

/// A time zone: its rules, from the machine's database or the one in this binary, and the name that it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` names no time zone")]
pub struct UnknownZone {
    /// The text as found.
    pub found: String,
    /// What was probably meant.
    pub help: Option<String>,
}

impl UnknownZone {
    /// What may stand there.
    pub const ALLOWED: &'static str = "a name of the IANA database, such as \"Europe/Berlin\" or \"UTC\"";
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// The zone of this IANA name, without regard to case.
    ///
    /// # Errors
    /// When neither the machine's database nor the one in this binary has it.
    ///
    /// ```
    /// # use fnhost::schedule::Zone;
    /// assert_eq!(Zone::find("europe/berlin").unwrap().name(), "Europe/Berlin");
    /// assert!(Zone::find("Europe/Berlinn").unwrap_err().help.unwrap().contains("`Europe/Berlin`"));
    /// ```
    pub fn find(name: &str) -> Result<Self, UnknownZone> {
        let wanted = name.trim();
        // A machine may have a database that lacks it, or none.
        let found = db().get(wanted).or_else(|_| TimeZoneDatabase::bundled().get(wanted));
        match found {
            Ok(rules) => Ok(Self { name: rules.iana_name().unwrap_or(wanted).to_owned(), rules }),
            Err(_) => Err(UnknownZone { found: name.to_owned(), help: help(wanted) }),
        }
    }

    /// What the variable `TZ` may hold: an IANA name, with or without a colon before it, or the rules themselves as POSIX
    /// writes them (`CET-1CEST,M3.5.0,M10.5.0/3`).
    ///
    /// # Errors
    /// When it is neither.
    pub fn of_variable(text: &str) -> Result<Self, UnknownZone> {
        let name = text.trim().trim_start_matches(':');
        Self::find(name).or_else(|unknown| match TimeZone::posix(name) {
            Ok(rules) => Ok(Self { name: name.to_owned(), rules }),
            Err(_) => Err(unknown),
        })
    }

    /// The zone that this machine is set to; UTC when it does not say.
    pub fn of_machine() -> Self {
        match TimeZone::try_system() {
            Ok(rules) => Self { name: rules.iana_name().unwrap_or("the machine's zone").to_owned(), rules },
            Err(error) => {
                tracing::debug!(%error, "the machine does not say its time zone: UTC it is");
                Self::utc()
            }
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A time as clocks of this zone show it, with the offset: `2026-03-29T03:30:00+02:00`.
    pub fn show(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_microsecond(at.as_micros()) {
            Ok(at) => at.to_zoned(self.rules.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            Err(_) => at.to_seconds_text(),
        }
    }

    pub(super) fn rules(&self) -> &TimeZone {
        &self.rules
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn help(wanted: &str) -> Option<String> {
    if wanted.ends_with("Standard Time") {
        return Some("names of Windows are not known here: write the IANA name of the place".to_owned());
    }
    let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    // Who knows only the place, as in `Berlin`, means the zone that ends so.
    let place = known.iter().find(|name| {
        name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&wanted.replace(' ', "_")))
    });
    match place {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None => suggest::did_you_mean(wanted, known.iter().map(String::as_str)),
    }
}
