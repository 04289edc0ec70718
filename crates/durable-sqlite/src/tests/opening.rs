//! Who may open a file, and what a file must be.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use durable_core::store::{ClaimRequest, Store};

use crate::{
    OpenError, SqliteStore, Synchronous,
    connect::check_settings,
    tests::scene::{Scene, turn},
};

const FILE: &str = "DURABLE_SQLITE_TEST_FILE";

/// Not a test: the body of a process that holds a file until it is killed.
#[tokio::test]
#[ignore = "only run as a process by the test below"]
async fn hold_a_file() {
    let Ok(path) = env::var(FILE) else { return };
    let scene = Scene::new();
    let options = crate::Options { path: path.into(), ..scene.options.clone() };
    let _store = SqliteStore::open(options).await.unwrap();
    println!("holding");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

fn holder_of(scene: &Scene) -> Child {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["tests::opening::hold_a_file", "--exact", "--ignored", "--nocapture"])
        .env(FILE, &scene.options.path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("holding")), "the process opens the file");
    child
}

#[tokio::test]
async fn a_second_process_is_told_who_has_the_file_until_that_is_killed() {
    let scene = Scene::new();
    let mut holder = holder_of(&scene);
    let refused = SqliteStore::open(scene.options.clone()).await.unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("process {} on ", holder.id())), "{refused}");
    assert!(refused.to_string().contains(" since 2"), "{refused}");
    holder.kill().unwrap();
    holder.wait().unwrap();
    scene.open().await;
}

#[tokio::test]
async fn a_file_is_free_again_after_close_and_after_drop() {
    let scene = Scene::new();
    let store = scene.open().await;
    assert!(matches!(SqliteStore::open(scene.options.clone()).await, Err(OpenError::InUse { .. })));
    store.close().await.unwrap();
    drop(scene.open().await);
    scene.open().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_has_one_lock_under_all_its_names() {
    let scene = Scene::new();
    let _store = scene.open().await;
    let link = scene.options.path.with_file_name("link.db");
    std::os::unix::fs::symlink(&scene.options.path, &link).unwrap();
    let refused = SqliteStore::open(crate::Options::new(link, "default")).await.unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
}

#[tokio::test]
async fn a_file_stays_open_until_its_last_hub_closes() {
    let scene = Scene::new();
    let host = scene.host().await;
    let other = host.store.other_hub("other").await.unwrap();
    other.close().await.unwrap();
    other.close().await.unwrap();
    host.start("a").await;
    host.store.close().await.unwrap();
    scene.open().await;
}

#[tokio::test]
async fn closing_leaves_nothing_in_the_log() {
    let scene = Scene::new();
    let host = scene.host().await;
    host.start("a").await;
    let log = scene.options.path.with_extension("db-wal");
    assert!(log.metadata().unwrap().len() > 0);
    host.store.close().await.unwrap();
    assert!(!log.exists() || log.metadata().unwrap().len() == 0);
}

#[tokio::test]
async fn folders_are_created() {
    let mut scene = Scene::new();
    let folder = scene.options.path.with_file_name("a").join("b");
    scene.options.path = folder.join("durable.db");
    scene.open().await;
    assert!(folder.is_dir());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let scene = Scene::new();
    let host = scene.host().await;
    host.start("a").await;
    for file in ["db", "db-wal", "db-shm"] {
        let path = scene.options.path.with_extension(file);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "{file}");
    }
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let scene = Scene::new();
    let host = scene.host().await;
    let key = host.start("a").await;
    host.commit(turn(key, 0)).await.unwrap();
    let before = host.store.load(key).await.unwrap();
    drop(host);
    let store = scene.open().await;
    assert_eq!(store.load(key).await.unwrap(), before);
    assert_eq!(store.history(key, 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn migrations_run_once() {
    let scene = Scene::new();
    for _ in 0..2 {
        let store = scene.open().await;
        let versions: Vec<i64> = sqlx::query_scalar("SELECT version FROM schema_versions")
            .fetch_all(&store.database().readers)
            .await
            .unwrap();
        assert_eq!(versions, (1..=crate::schema::NEWEST).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_file_of_the_first_build_is_brought_forward_with_what_it_holds() {
    let scene = Scene::new();
    scene
        .meddle(concat!(
            "CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT;",
            include_str!("../../migrations/0001_first.sql"),
            "INSERT INTO schema_versions VALUES (1, 0);
             INSERT INTO hubs (name) VALUES ('default');
             INSERT INTO instances (key, hub, id, kind, name, status, generation, turn, events, actions, created_at,
                                    updated_at) VALUES (7, 1, 'a', 0, 'Test', 1, 0, 1, 3, 1, 0, 0);
             INSERT INTO tasks VALUES (7, 0, 2, 1, 'Work', NULL, 1, 1, 'null');",
        ))
        .await;
    let host = scene.host().await;
    let claimed = host.store.claim(host.lease, ClaimRequest { instances: 0, tasks: 9 }).await.unwrap();
    let [task] = &claimed.tasks[..] else { panic!("{claimed:?}") };
    assert_eq!((&*task.name, task.attempt, task.policy_attempt), ("Work", 2, 1));
}

#[tokio::test]
async fn a_file_of_a_later_build_is_refused() {
    let scene = Scene::new();
    scene.open().await.close().await.unwrap();
    scene.meddle("INSERT INTO schema_versions (version, applied_at) VALUES (99, 0)").await;
    let refused = SqliteStore::open(scene.options.clone()).await.unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 99, .. }), "{refused}");
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_alone() {
    let scene = Scene::new();
    scene.meddle("CREATE TABLE songs (title TEXT)").await;
    let refused = SqliteStore::open(scene.options.clone()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema")
        .fetch_all(&mut scene.outside().await)
        .await
        .unwrap();
    assert_eq!(tables, ["songs"]);
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut scene.outside().await).await.unwrap();
    assert_eq!(journal, "delete", "as it was");
}

#[tokio::test]
async fn no_database_at_all_is_refused() {
    let scene = Scene::new();
    std::fs::write(&scene.options.path, "x".repeat(4096)).unwrap();
    let refused = SqliteStore::open(scene.options.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("damaged"), "{refused}");
}

#[tokio::test]
async fn the_setting_that_durability_hangs_on_is_read_back() {
    for (synchronous, level) in [(Synchronous::Full, 2), (Synchronous::Normal, 1)] {
        let mut scene = Scene::new();
        scene.options.synchronous = synchronous;
        let host = scene.host().await;
        let mut session = host.store.database().writer.session().await.unwrap();
        let connection = session.connection().unwrap();
        let found: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(found, level);
        sqlx::raw_sql("PRAGMA synchronous = OFF").execute(&mut *connection).await.unwrap();
        let refused = check_settings(connection, &scene.options).await.unwrap_err();
        assert!(matches!(refused, OpenError::Setting { setting: "synchronous", .. }), "{refused}");
    }
}
