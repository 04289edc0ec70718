//! A folder of many files: lists and scans take memory for a page, not for the folder. What is measured runs in a process
//! of its own, this test binary started again.
//!
//! `FNHOST_TEST_BLOB_FILES` says how many; 30,000 without it.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
    time::Instant,
};

use fnhost_protocol::blob::BlobApi;
use futures_util::TryStreamExt;

use crate::scene::{CONNECTION, CONTAINER, blobs_of};

/// Most that memory may grow by, in kB: 30,000 names and versions alone would be more.
const MOST: u64 = 6_000;

const FOLDER: &str = "FNHOST_TEST_MANY_FOLDER";

/// The most memory that this process ever had, in kB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// Not a test: what the test below measures.
#[tokio::test]
#[ignore = "the measured part of `many_files_take_little_memory`"]
async fn measured() {
    let connection = format!("file://{}", std::env::var(FOLDER).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(&folder, &[(CONNECTION, &connection)]);
    let list = async |after| {
        blobs.list(CONNECTION.into(), CONTAINER.into(), String::new(), after, 1000).await.unwrap()
    };
    // Once for what is made at the first use.
    list(None).await;
    let (before, began) = (peak(), Instant::now());
    let mut scan = blobs.store(&CONNECTION.into()).unwrap().scan(CONTAINER.into(), String::new());
    let mut scanned = 0;
    while let Some(group) = scan.try_next().await.unwrap() {
        scanned += group.len();
    }
    let (scan_grew, scan_took) = (peak() - before, began.elapsed());
    let (mut listed, mut after) = (0, None);
    loop {
        let page = list(after).await;
        listed += page.items.len();
        after = page.next;
        // Each page reads the folder once more, so a few of them say as much as all.
        if after.is_none() || listed >= 10_000 {
            break;
        }
    }
    println!("\nfound {scanned} {listed} {}", peak() - before);
    eprintln!(
        "scan of {scanned} files: {scan_took:?}, {scan_grew} kB more; with {listed} listed: {} kB",
        peak() - before
    );
}

fn fill(container: &Path, count: usize) {
    fs::create_dir_all(container).unwrap();
    for n in 0..count {
        File::create(container.join(format!("{:08x}-some-name.txt", n.wrapping_mul(2_654_435_761) as u32)))
            .unwrap();
    }
}

#[test]
fn many_files_take_little_memory() {
    let count = std::env::var("FNHOST_TEST_BLOB_FILES").map_or(30_000, |text| text.parse().unwrap());
    let root = tempfile::tempdir().unwrap();
    fill(&root.path().join(CONTAINER), count);
    let again = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "many::measured", "--ignored", "--nocapture"])
        .env(FOLDER, root.path())
        .output()
        .unwrap();
    eprint!("{}", String::from_utf8_lossy(&again.stderr));
    let said = String::from_utf8_lossy(&again.stdout);
    let found = said.lines().find_map(|line| line.strip_prefix("found ")).expect("what was measured");
    let numbers: Vec<u64> = found.split(' ').map(|number| number.parse().unwrap()).collect();
    let [scanned, listed, grew] = numbers[..] else { panic!("{found}") };
    assert_eq!((scanned, listed), (count as u64, (count as u64).min(10_000)));
    assert!(grew < MOST, "memory grew by {grew} kB");
}
