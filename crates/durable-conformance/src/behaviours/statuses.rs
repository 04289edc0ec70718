//! The status document after each kind of turn.

use fnhost_protocol::{
    failure::Failure,
    ids::InstanceId,
    status::{InstanceStatus, RuntimeStatus},
};

use crate::{
    build::{at, json, turn},
    scene::Scene,
};

/// The document of an instance whose code has not run.
fn pending(id: &str) -> InstanceStatus {
    InstanceStatus {
        instance: InstanceId::from_stored(id),
        name: "Flow".to_owned(),
        status: RuntimeStatus::Pending,
        input: Some(json("\"first\"")),
        output: None,
        failure: None,
        custom_status: None,
        created_at: at(0),
        updated_at: at(0),
        history: None,
    }
}

pub(crate) async fn a_status_follows_the_instance(scene: Scene) {
    let key = scene.pending("a").await;
    let mut expected = pending("a");
    assert_eq!(scene.status("a").await, expected);
    scene.turn(turn(key).at(at(1))).await;
    (expected.status, expected.updated_at) = (RuntimeStatus::Running, at(1));
    assert_eq!(scene.status("a").await, expected);
    scene.turn(turn(key).after(1).status(RuntimeStatus::Suspended).at(at(2))).await;
    (expected.status, expected.updated_at) = (RuntimeStatus::Suspended, at(2));
    assert_eq!(scene.status("a").await, expected);
    scene.turn(turn(key).after(2).custom_status("{\"at\":2}").at(at(3))).await;
    (expected.status, expected.updated_at) = (RuntimeStatus::Running, at(3));
    expected.custom_status = Some(json("{\"at\":2}"));
    assert_eq!(scene.status("a").await, expected);
    scene.turn(turn(key).after(3).continues_as_new("\"second\"").at(at(4))).await;
    (expected.input, expected.updated_at) = (Some(json("\"second\"")), at(4));
    assert_eq!(scene.status("a").await, expected);
    scene.turn(turn(key).after(4).generation(1).completes("[1]").at(at(5))).await;
    (expected.status, expected.updated_at) = (RuntimeStatus::Completed, at(5));
    expected.output = Some(json("[1]"));
    assert_eq!(scene.status("a").await, expected);
}

pub(crate) async fn a_failure_is_kept_whole(scene: Scene) {
    let key = scene.running("a").await;
    let cause = Failure::new("std::io::Error", "disk \"full\"\n").not_retriable();
    let failure = Failure::new("Payment", "no money").caused_by(cause).with_details("line 1\nline 2");
    scene.turn(turn(key).after(1).custom_status("1").at(at(8)).fails(failure.clone())).await;
    let mut expected = pending("a");
    (expected.status, expected.updated_at) = (RuntimeStatus::Failed, at(8));
    (expected.failure, expected.custom_status) = (Some(failure), Some(json("1")));
    assert_eq!(scene.status("a").await, expected);
}

pub(crate) async fn a_termination_keeps_its_reason(scene: Scene) {
    let key = scene.pending("a").await;
    scene.turn(turn(key).terminates("enough \u{1f980}").at(at(3))).await;
    let mut expected = pending("a");
    (expected.status, expected.updated_at) = (RuntimeStatus::Terminated, at(3));
    expected.output = Some(json("\"enough \u{1f980}\""));
    assert_eq!(scene.status("a").await, expected);
}

pub(crate) async fn a_custom_status_stays_until_it_changes(scene: Scene) {
    let (key, other) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(key).after(1).custom_status("\"one\"")).await;
    scene.turn(turn(key).after(2)).await;
    assert_eq!(scene.status("a").await.custom_status, Some(json("\"one\"")));
    scene.turn(turn(key).after(3).custom_status("null")).await;
    assert_eq!(scene.status("a").await.custom_status, Some(json("null")));
    scene.turn(turn(key).after(4).completes("1")).await;
    assert_eq!(scene.status("a").await.custom_status, Some(json("null")));
    scene.turn(turn(other).after(1)).await;
    assert_eq!(scene.status("b").await.custom_status, None);
}

pub(crate) async fn an_absent_output_is_not_null(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(a).after(1).completes("null")).await;
    scene.turn(turn(b).after(1).fails(Failure::new("Error", ""))).await;
    assert_eq!(scene.status("a").await.output, Some(json("null")));
    assert_eq!(scene.status("b").await.output, None);
}

pub(crate) async fn an_input_is_shown_on_demand(scene: Scene) {
    scene.pending("a").await;
    for (show_input, expected) in [(true, Some(json("\"first\""))), (false, None)] {
        assert_eq!(scene.stored("a", show_input).await.status.input, expected);
    }
}

pub(crate) async fn a_status_tells_where_the_history_is(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).continues_as_new("2")).await;
    let found = scene.stored("a", false).await;
    assert_eq!((found.key, found.generation), (key, 1));
}

pub(crate) async fn who_never_was_has_no_status(scene: Scene) {
    scene.pending("a").await;
    assert_eq!(scene.try_status("b").await, None);
    assert_eq!(scene.try_status("").await, None);
    assert_eq!(scene.try_load(scene.key().await).await, None);
}
