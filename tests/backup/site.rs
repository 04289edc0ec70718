//! `E2_BackupSiteContent`: a folder with all that is in it becomes blobs. Numbers are those of the list of cases in the
//! issue's reference.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::support::{Host, Scene, until};

/// A folder to back up, and where its blobs go.
struct Stage {
    scene: Scene,
    site: PathBuf,
    blobs: PathBuf,
}

impl Stage {
    fn new(scene: Scene) -> Self {
        let folder = fs::canonicalize(scene.folder()).expect("the scene has a folder");
        let (site, blobs) = (folder.join("site"), folder.join("blobs"));
        fs::create_dir_all(&site).expect("a folder");
        let scene = scene.setting("BackupRoots", site.display());
        Self { scene, site, blobs }
    }

    /// Writes a file of the site.
    fn write(&self, name: &str, content: &[u8]) {
        let path = self.site.join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// What became of a file of the site.
    fn blob(&self, name: &str) -> PathBuf {
        let path = self.site.join(name);
        self.blobs.join("backups").join(path.strip_prefix("/").expect("an absolute path"))
    }

    fn many(&self, count: usize) -> u64 {
        (0..count).for_each(|number| self.write(&format!("many/{number:04}.txt"), &vec![b'x'; number % 50]));
        (0..count).map(|number| (number % 50) as u64).sum()
    }
}

#[track_caller]
fn back_up(host: &Host, id: &str, folder: &Path) -> serde_json::Value {
    host.durable().start("E2_BackupSiteContent", id, &json!(folder)).expect(202);
    host.durable().wait_for_end(id)
}

on_every_worker!(every_file_is_copied_byte_for_byte);

/// 1, 9, 10
fn every_file_is_copied_byte_for_byte(scene: Scene) {
    let stage = Stage::new(scene);
    let large: Vec<u8> = (0..10_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    let files: [(&str, &[u8]); 5] = [
        ("index.html", b"<html>"),
        ("empty", b""),
        ("deep/er/and/deeper/with space.txt", b"a b"),
        ("ünïcode/\u{1F381}.txt", "\u{fc}".as_bytes()),
        ("large.bin", &large),
    ];
    for (name, content) in files {
        stage.write(name, content);
    }
    let total = stage.many(500) + files.iter().map(|(_, content)| content.len() as u64).sum::<u64>();
    let host = stage.scene.start();
    let answer = host.post("/orchestrators/E2_BackupSiteContent").json(&json!(stage.site)).send().expect(202);
    assert_eq!(answer.header("retry-after"), Some("10"));
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    let status = host.durable().wait_for_end(&id);
    assert_eq!(
        (&status["runtimeStatus"], &status["output"]),
        (&json!("Completed"), &json!(total)),
        "{status}"
    );
    assert_eq!(status["customStatus"], json!({ "done": 505, "failed": 0, "total": 505 }));
    assert_eq!(status["input"], json!(stage.site));
    assert!(host.durable().status(&id, "?showInput=false").json()["input"].is_null());
    for (name, content) in files {
        assert!(fs::read(stage.blob(name)).expect("the blob is there") == content, "{name}");
    }
    host.wait_to_say("Found 505 file(s) under");

    stage.write("index.html", b"<html></html>");
    let again = back_up(&host, "again", &stage.site);
    assert_eq!(again["output"], json!(total + 7), "{again}");
    assert_eq!(fs::read(stage.blob("index.html")).expect("the blob is there"), b"<html></html>");
}

/// 2, 3
#[test]
fn what_is_no_folder_is_refused() {
    let stage = Stage::new(Scene::new());
    let host = stage.scene.start();
    let missing = stage.site.join("nowhere");
    let named = format!("Could not find a directory named '{}'.", missing.display());
    for (id, input, text) in [
        ("1", json!(null), "A directory path is required as an input."),
        ("2", json!(""), "A directory path is required as an input."),
        ("3", json!(missing), named.as_str()),
        ("4", json!("/etc"), "/etc may not be backed up"),
    ] {
        host.durable().start("E2_BackupSiteContent", id, &input).expect(202);
        let status = host.durable().wait_for(id, "Failed");
        assert!(status["output"].to_string().contains(text), "{status}");
    }
    assert!(!stage.blobs.join("backups").exists());
    let empty = back_up(&host, "5", &stage.site);
    assert_eq!((&empty["runtimeStatus"], &empty["output"]), (&json!("Completed"), &json!(0)));
}

/// 4, 5
#[test]
fn other_input_than_json_and_unknown_names_start_nothing() {
    let stage = Stage::new(Scene::new());
    let host = stage.scene.start();
    let answer = host.post("/orchestrators/E2_BackupSiteContent").body("text/plain", "/tmp").send();
    assert!((400..=599).contains(&answer.status), "{answer}");
    host.post("/orchestrators/E2_BackUpSite").json(&json!("/tmp")).send().expect(500);
    host.durable().request("POST", "/orchestrators/E2_BackUpSite").json(&json!("/tmp")).send().expect(400);
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

#[test]
fn links_lead_nowhere() {
    let stage = Stage::new(Scene::new());
    stage.write("real.txt", b"real");
    std::os::unix::fs::symlink("/etc/hostname", stage.site.join("link.txt")).expect("a link");
    std::os::unix::fs::symlink("/etc", stage.site.join("folder")).expect("a link");
    let host = stage.scene.start();
    assert_eq!(back_up(&host, "site", &stage.site)["output"], json!(4));
    let through = back_up(&host, "through", &stage.site.join("folder"));
    assert!(through["output"].to_string().contains("may not be backed up"), "{through}");
}

/// 6
#[test]
fn killed_in_the_middle_it_completes() {
    let stage = Stage::new(Scene::new());
    let total = stage.many(400);
    let stage = Stage { scene: stage.scene.setting("BackupCopiesAtOnce", 4), ..stage };
    let host = stage.scene.start();
    host.durable().start("E2_BackupSiteContent", "site", &json!(stage.site)).expect(202);
    until("some files to be copied", || {
        let copied = fs::read_dir(stage.blob("many")).map(Iterator::count).unwrap_or(0);
        if copied > 40 { Ok(()) } else { Err(format!("{copied} so far")) }
    });
    host.kill();
    let host = stage.scene.start();
    let status = host.durable().wait_for_end("site");
    assert_eq!(
        (&status["runtimeStatus"], &status["output"]),
        (&json!("Completed"), &json!(total)),
        "{status}"
    );
}

/// 7
#[test]
fn a_short_backup_answers_its_bytes_and_a_long_one_where_to_look() {
    let stage = Stage::new(Scene::new());
    let total = stage.many(3);
    let host = stage.scene.start();
    let path = "/orchestrators/E2_BackupSiteContent/wait";
    host.post(format!("{path}?timeout=20"))
        .json(&json!(stage.site))
        .send()
        .expect_text(200, &total.to_string());
    stage.many(600);
    host.post(format!("{path}?timeout=0.01")).json(&json!(stage.site)).send().expect(202);
}

/// 8
#[test]
fn the_old_base_shows_the_same() {
    let stage = Stage::new(Scene::new());
    stage.many(2);
    let host = stage.scene.start();
    back_up(&host, "site", &stage.site);
    let new = host.durable().status("site", "").expect(200).text();
    let old = host.durable().under(crate::support::OLD_BASE).status("site", "").expect(200).text();
    assert_eq!(new, old);
}
