//! "Did you mean": the known name that is nearest to an unknown one.

/// The candidate that a typing error of `name` most likely meant.
///
/// A third of the letters may be wrong (swapped neighbours count once), or the two may begin alike.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_ascii_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let known = candidate.to_ascii_lowercase();
            let distance = strsim::osa_distance(&wanted, &known);
            let shorter = wanted.len().min(known.len());
            let begins = shorter >= 4 && (known.starts_with(&wanted) || wanted.starts_with(&known));
            let common = wanted.bytes().zip(known.bytes()).take_while(|(a, b)| a == b).count();
            let begins_alike = common >= 8 && common * 4 >= wanted.len() * 3;
            (distance <= allowed || begins || begins_alike).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The same as a sentence.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["routePrefix", "hubName", "type", "maxConnections"];
        assert_eq!(nearest("routePrefx", known), Some("routePrefix"));
        assert_eq!(nearest("ROUTEPREFIX", known), Some("routePrefix"));
        assert_eq!(nearest("tpye", known), Some("type"));
        assert_eq!(nearest("hubname2", known), Some("hubName"));
        assert_eq!(nearest("maxConn", known), Some("maxConnections"));
        assert_eq!(
            nearest("maxConcurrentActivities", ["maxConcurrentActivityFunctions"]),
            Some("maxConcurrentActivityFunctions")
        );
        assert_eq!(nearest("inout", ["in", "out"]), None);
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", known), None);
    }
}
