//! What the disk alone takes: the floor below all floors.

use std::{fs::File, os::unix::fs::FileExt, path::Path, time::Instant};

/// What one commit of a sequence writes, about.
const BYTES: usize = 4 * 4096;

/// The log is written over and over in its first so many bytes.
const LOG: usize = 16 << 20;

const SYNCS: usize = 200;

/// Times of writes that are on the disk when they return.
pub(super) fn sync_micros(folder: &Path) -> anyhow::Result<Vec<f64>> {
    let file = File::create(folder.join("sync"))?;
    file.write_all_at(&vec![1; LOG], 0)?;
    file.sync_all()?;
    let data = vec![2; BYTES];
    (0..SYNCS)
        .map(|number| {
            let begun = Instant::now();
            file.write_all_at(&data, (number * BYTES % LOG) as u64)?;
            file.sync_data()?;
            Ok(begun.elapsed().as_secs_f64() * 1e6)
        })
        .collect()
}
