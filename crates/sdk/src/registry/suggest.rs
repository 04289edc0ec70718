//! "Did you mean …?"

/// The known name that is closest to a mistyped one, as the end of a message: "; did you mean `Add`?", or the list
/// of what there is, or nothing when there is nothing.
pub(crate) fn suggestion<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let closest = known
        .iter()
        .map(|name| (strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match closest {
        Some((_, name)) => format!("; did you mean `{name}`? Known are: {list}"),
        None if known.is_empty() => String::new(),
        None => format!("; known are: {list}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_offered() {
        let known = ["SayHello", "CleanUp"];
        assert_eq!(
            suggestion("sayhelo", known.into_iter()),
            "; did you mean `SayHello`? Known are: `CleanUp`, `SayHello`"
        );
        assert_eq!(suggestion("Xyz", known.into_iter()), "; known are: `CleanUp`, `SayHello`");
        assert_eq!(suggestion("Xyz", [].into_iter()), "");
    }
}
