//! What is special about folders.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    time::{Duration, SystemTime},
};

use fnhost_protocol::blob::{BlobApi, BlobError, BlobPath, OnlyIf, WriteOptions};

use crate::scene::{CONNECTION, CONTAINER, Place, at, blobs_of, whole};

#[tokio::test]
async fn links_are_refused_by_name_and_passed_over_in_lists() {
    let place = Place::local();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    place.put("inside", "x").await;
    let container = place.container();
    symlink(outside.path().join("secret"), container.join("file")).unwrap();
    symlink(outside.path(), container.join("folder")).unwrap();
    symlink("inside", container.join("here")).unwrap();
    symlink(outside.path(), place.root().join("linked")).unwrap();
    let linked = BlobPath { container: "linked".into(), ..at("secret") };
    for path in [at("file"), at("folder/secret"), at("here"), linked] {
        let answers = [
            place.blobs.properties(path.clone()).await.map(drop),
            place.blobs.read(path.clone(), None).await.map(drop),
            place.blobs.write(path.clone(), whole("overwritten"), WriteOptions::default()).await.map(drop),
            place.blobs.delete(path.clone()).await.map(drop),
        ];
        for answer in answers {
            let Err(BlobError::Denied { what, why }) = answer else { panic!("{path}: {answer:?}") };
            assert!(what.contains("of `TestStorage`"), "{what}");
            assert!(why.contains("is a symbolic link, and links are not followed"), "{why}");
        }
    }
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
    assert_eq!(place.names().await, ["inside"]);
    assert_eq!(place.scan("").await.unwrap().len(), 1);
    let linked = place.blobs.list(CONNECTION.into(), "linked".into(), String::new(), None, 10).await;
    assert!(matches!(linked, Err(BlobError::Denied { .. })), "{linked:?}");
    place.expect_nothing_left_behind().await;
}

#[tokio::test]
async fn the_store_itself_lets_no_part_lead_upwards() {
    // Names are checked before a store is asked; this asks the store directly.
    let place = Place::local();
    fs::write(place.folder.path().join("outside"), "x").unwrap();
    let store = place.store();
    for (container, name) in [("..", "outside"), (CONTAINER, "../../outside"), (".", "box/a")] {
        let path = BlobPath { connection: CONNECTION.into(), container: container.into(), name: name.into() };
        assert!(store.read(path.clone(), None).await.is_err(), "{path}");
        assert!(store.write(path.clone(), whole("y"), WriteOptions::default()).await.is_err(), "{path}");
    }
    assert!(store.list("..".into(), String::new(), None, 10).await.is_err());
    assert_eq!(fs::read(place.folder.path().join("outside")).unwrap(), b"x");
}

#[tokio::test]
async fn names_that_are_not_utf8_are_passed_over() {
    let place = Place::local();
    place.put("good", "x").await;
    fs::write(place.container().join(std::ffi::OsStr::from_bytes(b"b\xffd")), "x").unwrap();
    let folder = place.container().join(std::ffi::OsStr::from_bytes(b"f\xff"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a"), "x").unwrap();
    assert_eq!(place.names().await, ["good"]);
    assert_eq!(place.scan("").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_vanished_folder_is_unavailable_and_is_not_made_again() {
    let place = Place::local();
    place.put("a", "x").await;
    fs::rename(place.root(), place.folder.path().join("elsewhere")).unwrap();
    let answers = [
        place.properties("a").await.map(drop),
        place.get("a").await.map(drop),
        place.write_if("a", "y", OnlyIf::Always).await.map(drop),
        place.page("", None, 10).await.map(drop),
        place.scan("").await.map(drop),
    ];
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(error.may_be_repeated(), "{error:?}");
        assert!(
            error.to_string().contains("there is no folder") && error.to_string().contains("root"),
            "{error}"
        );
    }
    assert!(!place.root().exists(), "a disk that is not mounted must not be replaced by a folder");
    fs::rename(place.folder.path().join("elsewhere"), place.root()).unwrap();
    assert_eq!(place.text("a").await, "x");
    fs::remove_dir_all(place.container()).unwrap();
    assert!(matches!(place.page("", None, 10).await, Err(BlobError::NotFound { .. })));
    place.put("a", "made again").await;
}

#[tokio::test]
async fn files_that_may_not_be_read_are_denied() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::local();
    place.put("closed", "x").await;
    place.put("open", "y").await;
    let file = place.container().join("closed");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        return as_nobody("local::files_that_may_not_be_read_are_denied");
    }
    let Err(BlobError::Denied { what, why }) = place.get("closed").await else { panic!("it was read") };
    assert!(what.contains("`closed`") && why.contains("ermission denied"), "{what}: {why}");
    assert_eq!(place.text("open").await, "y");
    assert_eq!(place.names().await, ["closed", "open"]);
}

/// Runs a test again as a user whom permissions bind: root is not one.
fn as_nobody(test: &str) {
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    // Another user may not be let into the folder of the build.
    again.args(["--exact", test]).uid(NOBODY).gid(NOBODY).current_dir("/").env("TMPDIR", "/tmp");
    match again.output() {
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success() && said.contains("1 passed"), "{said}");
        }
        Err(error) => eprintln!("SKIPPED {test}: permissions do not bind root, and as nobody: {error}"),
    }
}

#[tokio::test]
async fn a_file_system_that_takes_no_files_says_so() {
    // What permissions cannot do to root, a file system can: /proc takes no files from anybody.
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(&folder, &[(CONNECTION, "file:///proc")]);
    let error = blobs.write(at("x"), whole("x"), WriteOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("of `TestStorage`"), "{error}");
}

#[tokio::test]
async fn a_name_is_a_file_or_a_folder() {
    let place = Place::local();
    place.put("a", "file").await;
    place.put("b/c", "below").await;
    for (name, why) in [("a/b", "`a` is a file"), ("b", "a folder or something else that is no file")] {
        let error = place.write_if(name, "x", OnlyIf::Always).await.unwrap_err();
        assert!(matches!(error, BlobError::Invalid { .. }) && error.to_string().contains(why), "{error}");
        assert!(place.write_if(name, "x", OnlyIf::Absent).await.is_err());
    }
    let long = "x".repeat(300);
    let error = place.write_if(&long, "x", OnlyIf::Always).await.unwrap_err();
    assert!(error.to_string().contains("longer than the file system takes"), "{error}");
    make_pipe(&place);
    let error = place.get("pipe").await.unwrap_err();
    assert!(matches!(error, BlobError::Invalid { .. }), "{error}");
    assert_eq!(place.names().await, ["a", "b/c"]);
    place.expect_nothing_left_behind().await;
}

fn make_pipe(place: &Place) {
    let made = std::process::Command::new("mkfifo").arg(place.container().join("pipe")).status().unwrap();
    assert!(made.success());
}

#[tokio::test]
async fn the_same_bytes_again_are_another_version() {
    let place = Place::local();
    let mut versions = std::collections::BTreeSet::new();
    for _ in 0..50 {
        assert!(versions.insert(place.put("a", "same").await.version));
    }
    // Others write into the file, with the same length and the same time of writing.
    let file = place.container().join("a");
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, "Same").unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    let found = place.properties("a").await.unwrap().unwrap();
    assert!(versions.insert(found.version), "a rewrite that hides its time was not seen");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_ends_with_an_error() {
    use futures_util::TryStreamExt;

    let place = Place::local();
    for cut in [true, false] {
        place.put("a", crate::scene::noise(1 << 20)).await;
        let mut body = place.blobs.read(at("a"), None).await.unwrap().body;
        assert!(body.try_next().await.unwrap().is_some());
        let file = fs::File::options().write(true).open(place.container().join("a")).unwrap();
        if cut {
            file.set_len(300_000).unwrap();
        } else {
            file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
        }
        let Err(BlobError::Changed { why, .. }) = body.try_collect::<Vec<_>>().await else {
            panic!("no error")
        };
        assert!(why.contains("wrote into its file"), "{why}");
    }
    // One that is replaced is read to its end.
    place.put("a", crate::scene::noise(1 << 20)).await;
    let mut body = place.blobs.read(at("a"), None).await.unwrap().body;
    assert!(body.try_next().await.unwrap().is_some());
    place.put("a", "another").await;
    assert!(body.try_collect::<Vec<_>>().await.is_ok());
}

#[tokio::test]
async fn what_a_dead_host_left_behind_is_removed() {
    let place = Place::local();
    let uploads = place.root().join(".fnhost-uploads");
    fs::create_dir(&uploads).unwrap();
    let old = SystemTime::now() - Duration::from_secs(2 * 86_400);
    for (name, time) in [("old", old), ("new", SystemTime::now())] {
        fs::write(uploads.join(name), "x").unwrap();
        fs::File::options().write(true).open(uploads.join(name)).unwrap().set_modified(time).unwrap();
    }
    place.put("a", "x").await;
    let left: Vec<_> = fs::read_dir(&uploads).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["new"]);
}
