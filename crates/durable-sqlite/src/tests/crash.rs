//! What a killed process leaves behind: everything that it was told is committed, and nothing by halves.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use durable_core::{model::InstanceKey, store::Store};

use crate::{
    Options,
    tests::scene::{Host, Scene, turn},
};

const FILE: &str = "DURABLE_SQLITE_TEST_CRASH_FILE";

/// Not a test: the body of a process that commits turns and tells each that is acknowledged, until it is killed.
#[tokio::test]
#[ignore = "only run as a process by the test below"]
async fn commit_until_killed() {
    let Ok(path) = env::var(FILE) else { return };
    let host = Host::on(Options::new(path, "default")).await;
    let key = InstanceKey(1);
    let before = host.store.load(key).await.unwrap().unwrap().instance.turn;
    for before in before.. {
        host.commit(turn(key, before)).await.unwrap();
        println!("committed {}", before + 1);
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let scene = Scene::new();
    let host = scene.host().await;
    let key = host.start("a").await;
    host.store.close().await.unwrap();
    let mut acknowledged = 0;
    // Killed after so many commits, which is anywhere within the next one.
    for commits in [1, 5, 17, 40] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["tests::crash::commit_until_killed", "--exact", "--ignored", "--nocapture"])
            .env(FILE, &scene.options.path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = lines
            .map_while(Result::ok)
            .filter_map(|line| line.rsplit_once("committed ").and_then(|(_, turn)| turn.parse::<u64>().ok()));
        acknowledged = told.nth(commits - 1).unwrap_or(acknowledged);
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = told.last().unwrap_or(acknowledged);

        let store = scene.open().await;
        let found = store.load(key).await.unwrap().unwrap().instance.turn;
        assert!(found == acknowledged || found == acknowledged + 1, "{found} of {acknowledged}");
        assert_eq!(store.history(key, 0).await.unwrap().len() as u64, found);
        acknowledged = found;
    }
}
