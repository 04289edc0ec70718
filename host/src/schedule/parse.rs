//! From text to a schedule. Every error says which part of the text it is about.

use std::{ops::Range, time::Duration};

use super::{
    cron::Cron,
    error::{Remark, ScheduleError},
    field::{FIELDS, Field, WEEKDAY},
    next::{Schedule, Times},
    set::Set,
};
use crate::config::timespan;

/// What a schedule may be, for messages about the whole of it.
const FORMS: &str = "six fields `{second} {minute} {hour} {day} {month} {weekday}` such as \"0 */5 * * * *\", five of \
                     them without seconds, or a time-span such as \"00:05:00\"";

/// What other languages of this kind have and this one does not.
const NICKNAMES: [(&str, &str); 8] = [
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
    ("@monthly", "0 0 0 1 * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@hourly", "0 0 * * * *"),
    ("@minutely", "0 * * * * *"),
];

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in the text.
    ///
    /// ```
    /// # use fnhost::schedule::Schedule;
    /// assert!(Schedule::parse("0 */5 * * * *").is_ok());
    /// let error = Schedule::parse("0 0 25 * * *").unwrap_err();
    /// assert_eq!((error.message(), error.range()), ("`25` is no hour", 4..6));
    /// ```
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let words: Vec<Word<'_>> = words(text).collect();
        let whole = match (words.first(), words.last()) {
            (Some(first), Some(last)) => first.at..last.end(),
            _ => 0..text.len(),
        };
        match &words[..] {
            [] => Err(ScheduleError::new("the schedule is empty", whole, FORMS)),
            [word] if word.text.contains(':') => {
                span(word).map(|span| Self::new(text, Times::Every(span), Vec::new()))
            }
            [word] if word.text.starts_with('@') => Err(nickname(word)),
            [_, _, _, _, _] | [_, _, _, _, _, _] => fields(text, &words),
            _ => {
                // What is too much is what follows the sixth.
                let range = words.get(6).map_or(whole.clone(), |word| word.at..whole.end);
                let message = format!("the schedule has {} fields", words.len());
                Err(ScheduleError::new(message, range, FORMS))
            }
        }
    }
}

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    /// Its first byte.
    at: usize,
}

impl<'a> Word<'a> {
    fn end(self) -> usize {
        self.at + self.text.len()
    }

    fn range(self) -> Range<usize> {
        self.at..self.end()
    }

    /// What stands before and after a character, when it is there and not the first.
    fn cut(self, at: char) -> Option<(Self, Self)> {
        let found = self.text.find(at).filter(|found| *found > 0)?;
        let after = found + at.len_utf8();
        Some((
            Self { text: &self.text[..found], at: self.at },
            Self { text: &self.text[after..], at: self.at + after },
        ))
    }
}

fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let place = move |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(move |part| Word { text: part, at: place(part) })
}

fn span(word: &Word<'_>) -> Result<Duration, ScheduleError> {
    const ALLOWED: &str = "a time-span \"[d.]hh:mm:ss\" of whole seconds, at least one";
    let span = timespan::parse(word.text).map_err(|error| {
        let message = format!("`{}` is no time-span: {error}", word.text);
        let error = ScheduleError::new(message, word.range(), ALLOWED);
        if word.text.starts_with("24:") {
            error.help("a day is \"1.00:00:00\", or \"0 0 0 * * *\" to run at midnight")
        } else {
            error
        }
    })?;
    if span.is_zero() || span.subsec_nanos() != 0 {
        let message = format!("`{}` is not a number of whole seconds above zero", word.text);
        return Err(ScheduleError::new(message, word.range(), ALLOWED));
    }
    Ok(span)
}

fn nickname(word: &Word<'_>) -> ScheduleError {
    let error = ScheduleError::new(format!("`{}` is not in the language", word.text), word.range(), FORMS);
    match NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word.text)) {
        Some((_, schedule)) => error.help(format!("write \"{schedule}\"")),
        None => error,
    }
}

fn fields(text: &str, words: &[Word<'_>]) -> Result<Schedule, ScheduleError> {
    let is_written = |c: char| "*-/".contains(c);
    // Azure's rule: the seconds, minutes and hours decide, of those that are written.
    let times = words.len() - 3;
    let is_interval = words[..times].iter().any(|word| word.text.contains(is_written));
    let mut sets = [Set::all(0, 0); 6];
    let mut remarks = Vec::new();
    for (word, index) in words.iter().zip(6 - words.len()..) {
        sets[index] = field(*word, index, &mut remarks)?;
    }
    Ok(Schedule::new(text, Times::Cron(Cron::new(sets, is_interval)), remarks))
}

fn field(word: Word<'_>, index: usize, remarks: &mut Vec<Remark>) -> Result<Set, ScheduleError> {
    let field = &FIELDS[index];
    let mut set = Set::default();
    let mut rest = Some(word);
    while let Some(list) = rest {
        // An empty element, also the first, is one that was forgotten.
        let (part, after) = match list.text.find(',') {
            Some(comma) => (
                Word { text: &list.text[..comma], at: list.at },
                Some(Word { text: &list.text[comma + 1..], at: list.at + comma + 1 }),
            ),
            None => (list, None),
        };
        rest = after;
        add(part, field, index, &mut set, remarks)?;
    }
    Ok(set)
}

/// One element of a list: `*`, `a`, `a-b`, each with or without `/step`.
fn add(
    part: Word<'_>,
    field: &Field,
    index: usize,
    set: &mut Set,
    remarks: &mut Vec<Remark>,
) -> Result<(), ScheduleError> {
    if part.text.is_empty() {
        let message = format!("an element of the {} is empty", field.name);
        return Err(ScheduleError::new(message, part.range(), field.allowed()));
    }
    let (base, step) = match part.cut('/') {
        Some((base, step)) => (base, Some(self::step(step, field)?)),
        None => (part, None),
    };
    let (first, last) = if base.text == "*" {
        (field.min, field.max)
    } else if let Some((first, last)) = base.cut('-') {
        let (low, high) = (value(first, field, index, remarks)?, value(last, field, index, remarks)?);
        if low > high {
            remarks.push(Remark {
                message: format!("`{}` is read as `{}-{}`", base.text, last.text, first.text),
                range: base.range(),
                help: "a range does not run over the end: write its two parts with a comma".to_owned(),
            });
        }
        (low.min(high), low.max(high))
    } else {
        let first = value(base, field, index, remarks)?;
        // `5/15` is from 5 to the end.
        (first, if step.is_some() { field.max.max(first) } else { first })
    };
    for number in (first..=last).step_by(usize::from(step.unwrap_or(1))) {
        // Sunday is 7 as well.
        set.add(if index == WEEKDAY { number % 7 } else { number });
    }
    Ok(())
}

fn step(text: Word<'_>, field: &Field) -> Result<u8, ScheduleError> {
    match number(text.text) {
        Some(step) if step > 0 => Ok(u8::try_from(step).unwrap_or(u8::MAX)),
        _ => {
            let message = format!("`{}` is no step of the {}", text.text, field.name);
            Err(ScheduleError::new(message, text.range(), "a whole number from 1"))
        }
    }
}

fn value(
    text: Word<'_>,
    field: &Field,
    index: usize,
    remarks: &mut Vec<Remark>,
) -> Result<u8, ScheduleError> {
    let wrong = || {
        let shown = if text.text.is_empty() { "nothing".to_owned() } else { format!("`{}`", text.text) };
        let error =
            ScheduleError::new(format!("{shown} is no {}", field.name), text.range(), field.allowed());
        match foreign(text.text) {
            Some(help) => error.help(help),
            None => error,
        }
    };
    if let Some(number) = number(text.text) {
        let number = u8::try_from(number).unwrap_or(u8::MAX);
        if index == WEEKDAY && number == 7 {
            remarks.push(Remark {
                message: "`7` is read as Sunday, which Azure refuses".to_owned(),
                range: text.range(),
                help: "write `0` or `Sun`".to_owned(),
            });
            return Ok(7);
        }
        return if (field.min..=field.max).contains(&number) { Ok(number) } else { Err(wrong()) };
    }
    let is_name = !text.text.is_empty() && text.text.bytes().all(|byte| byte.is_ascii_alphabetic());
    field.named(text.text).filter(|_| is_name).ok_or_else(wrong)
}

/// Only digits, at least one: `str::parse` would also take a sign.
fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok().or(Some(u32::MAX)) } else { None }
}

/// What Quartz and others have.
fn foreign(text: &str) -> Option<&'static str> {
    match text {
        "?" => Some("`?` is not in the language: write `*`"),
        _ if text.contains('#') => Some("`#` is not in the language: name the days, as in `0 0 9 1-7 * Mon`"),
        _ if text.eq_ignore_ascii_case("L") => {
            Some("`L` is not in the language: run on `28-31` and look at the date in code")
        }
        _ => None,
    }
}
