//! Which paths there are, below both bases, and what an unknown one or another method gets: 404, never 405.

use fnhost_protocol::status::RuntimeStatus;

use crate::support::*;

#[tokio::test]
async fn both_bases_serve_and_case_makes_no_difference() {
    let scene = Scene::new().await;
    scene.durable.has(instance("Abc", RuntimeStatus::Completed));
    for target in [
        "/runtime/webhooks/durabletask/instances/Abc",
        "/Runtime/WebHooks/DurableTask/Instances/Abc",
        "/admin/extensions/DurableTaskExtension/instances/Abc",
        "/ADMIN/extensions/durabletaskextension/INSTANCES/Abc/",
    ] {
        assert_eq!(scene.call("GET", target).await.status, 200, "{target}");
    }
    // Ids keep their case.
    scene.call("GET", &format!("{BASE}/instances/abc")).await.is_empty(404);
}

#[tokio::test]
async fn what_is_not_there_is_404_for_whoever_may_know() {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Running));
    for (method, target) in [
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/orchestrators/Hello"),
        ("PUT", "/orchestrators/Hello"),
        ("POST", "/orchestrators"),
        ("POST", "/orchestrators/Hello/abc/more"),
        ("POST", "/instances"),
        ("POST", "/instances/abc"),
        ("PUT", "/instances/abc"),
        ("OPTIONS", "/instances/abc"),
        ("GET", "/instances/abc/terminate"),
        ("GET", "/instances/abc/raiseEvent/Go"),
        ("POST", "/instances/abc/raiseEvent"),
        ("POST", "/instances/abc/explode"),
        ("POST", "/instances//terminate"),
        ("POST", "/entities"),
        ("PUT", "/entities/counter/k"),
        ("GET", "/entities/counter/k/more"),
        ("GET", "/makeprimary"),
        ("GET", "/../instances"),
        ("GET", "/instances/%FF"),
    ] {
        scene.call(method, &format!("{BASE}{target}")).await.is_empty(404);
    }
    scene.durable.was_asked(&[]);
    for target in [
        "/runtime",
        "/runtime/webhooks",
        "/runtime/webhooks/other/instances",
        "/runtime/webhooks/durabletasks",
    ] {
        scene.call("GET", target).await.is_empty(404);
    }
}

#[tokio::test]
async fn a_request_for_another_hub_finds_nothing() {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Completed));
    let target = |query: &str| format!("{BASE}/instances/abc?{query}");
    scene
        .call("GET", &target("taskHub=Theirs"))
        .await
        .says(404, "The task hub 'Theirs' is not served by this host, whose task hub is 'MyHub'.");
    scene.durable.was_asked(&[]);
    for query in
        ["taskHub=MyHub", "taskhub=MYHUB&connection=Storage", "taskHub=&connection=", "connection=Other"]
    {
        assert_eq!(scene.call("GET", &target(query)).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn make_primary_has_nothing_to_do() {
    let scene = Scene::new().await;
    scene.call("POST", &format!("{BASE}/makeprimary")).await.is_empty(200);
    scene.durable.was_asked(&[]);
}

#[tokio::test]
async fn head_is_answered_as_get() {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Completed));
    assert_eq!(scene.call("HEAD", &format!("{BASE}/instances/abc")).await.status, 200);
    assert_eq!(scene.call("HEAD", "/admin/host/status").await.status, 200);
}

#[test]
fn the_api_knows_its_paths() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let scene = runtime.block_on(Scene::new());
    for mine in ["/", "/admin", "/Admin/x", "/runtime", "/RUNTIME/webhooks", "/admin/"] {
        assert!(scene.api.matches(mine), "{mine}");
    }
    for other in ["/api/hello", "/administrator", "/runtimes/x", "//", "//admin", "/api/admin", "*", ""] {
        assert!(!scene.api.matches(other), "{other}");
    }
}
