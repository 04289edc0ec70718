//! How much may be written at once to a database whose throughput is paid for.

use std::collections::VecDeque;

use fnhost_sdk::{Result, Settings, ensure};

/// Bytes that may be written in one window, as the settings `CosmosDB_ProvisionedThroughput` (units per second) and
/// `CosmosDB_RU_NeededForEachWrite` (units per kilobyte) say, less a reserve.
///
/// # Errors
/// When they leave nothing to write with.
pub fn capacity(settings: &Settings) -> Result<usize> {
    let throughput: f64 = settings.get("CosmosDB_ProvisionedThroughput")?.parse()?;
    let needed: f64 = settings.get("CosmosDB_RU_NeededForEachWrite")?.parse()?;
    let bytes = throughput / needed * 1000.0 - 20_000.0;
    ensure!(
        bytes.is_finite() && bytes >= 1.0,
        "the settings CosmosDB_ProvisionedThroughput = {throughput} and CosmosDB_RU_NeededForEachWrite = {needed} leave \
         {bytes} bytes per second; allowed: settings for which throughput / needed * 1000 - 20000 is at least 1"
    );
    Ok(bytes as usize)
}

/// Places of items, window by window: each window is filled in order as long as items fit; those that do not go to the
/// end of the list. An item that fits into no window has one for itself.
pub fn windows(sizes: &[usize], capacity: usize) -> Vec<Vec<usize>> {
    let mut waiting: VecDeque<usize> = (0..sizes.len()).collect();
    let mut windows = Vec::new();
    while let Some(first) = waiting.pop_front() {
        let (mut window, mut used) = (vec![first], sizes[first]);
        for _ in 0..waiting.len() {
            let Some(next) = waiting.pop_front() else { break };
            if used + sizes[next] <= capacity {
                used += sizes[next];
                window.push(next);
            } else {
                waiting.push_back(next);
            }
        }
        windows.push(window);
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(sizes: &[usize], capacity: usize) -> Vec<usize> {
        windows(sizes, capacity).iter().map(Vec::len).collect()
    }

    #[test]
    fn windows_are_filled_as_measured() {
        assert_eq!(lengths(&[1000; 130], 60_000), [60, 60, 10]);
        assert_eq!(lengths(&[20_000; 7], 60_000), [3, 3, 1]);
        assert!(lengths(&[], 60_000).is_empty());
    }

    #[test]
    fn what_does_not_fit_goes_to_the_end_and_what_never_fits_goes_alone() {
        assert_eq!(windows(&[40, 50, 10, 60], 60), [vec![0, 2], vec![1], vec![3]]);
        assert_eq!(windows(&[10, 900, 10], 60), [vec![0, 2], vec![1]]);
        assert_eq!(windows(&[900, 900], 60), [[0], [1]]);
    }

    #[test]
    fn settings_that_leave_nothing_are_refused() {
        let settings = |throughput, needed| {
            Settings::from_iter([
                ("CosmosDB_ProvisionedThroughput", throughput),
                ("CosmosDB_RU_NeededForEachWrite", needed),
            ])
        };
        assert_eq!(capacity(&settings("400", "5")).unwrap(), 60_000);
        for (throughput, needed) in [("100", "5"), ("400", "0"), ("0", "0"), ("-400", "5"), ("NaN", "5")] {
            let refused = capacity(&settings(throughput, needed)).unwrap_err().to_string();
            assert!(refused.contains("CosmosDB_ProvisionedThroughput"), "{throughput} / {needed}: {refused}");
        }
        assert!(capacity(&settings("many", "5")).unwrap_err().to_string().contains("`many`"));
    }
}
