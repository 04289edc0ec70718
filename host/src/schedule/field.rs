//! The six fields of a schedule: what each may hold.

/// One of the six.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// As messages call one value of it.
    pub(super) name: &'static str,
    pub(super) min: u8,
    pub(super) max: u8,
    /// English names of the values from `min` on; any prefix stands for the first name that begins so.
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The last of the fields.
pub(super) const WEEKDAY: usize = 5;

/// In the order in which they are written.
pub(super) static FIELDS: [Field; 6] = [
    Field { name: "second", min: 0, max: 59, names: &[] },
    Field { name: "minute", min: 0, max: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, names: &[] },
    Field { name: "day", min: 1, max: 31, names: &[] },
    Field { name: "month", min: 1, max: 12, names: &MONTHS },
    Field { name: "weekday", min: 0, max: 6, names: &WEEKDAYS },
];

impl Field {
    /// What may stand in it.
    pub(super) fn allowed(&self) -> String {
        let names = match self.names {
            [] => String::new(),
            [first, ..] => format!(", or names such as `{}`", &first[..3]),
        };
        format!("{}s from {} to {}{names}; `*`, a-b, a,b and steps with /n", self.name, self.min, self.max)
    }

    /// The value that begins like this, without regard to case.
    pub(super) fn named(&self, prefix: &str) -> Option<u8> {
        let begins =
            |name: &&str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let at = self.names.iter().position(begins)?;
        u8::try_from(at).ok().map(|at| self.min + at)
    }
}
