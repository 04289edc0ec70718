//! What keeps a host from starting, and what does not.

use std::{fs, net::TcpListener, path::Path};

use crate::support::Scene;

/// Writes an app of one host file and one function folder.
fn write_app(folder: &Path, host_file: &str, function: Option<(&str, &str)>) {
    fs::write(folder.join("host.toml"), host_file).expect("the folder takes files");
    if let Some((name, file)) = function {
        fs::create_dir_all(folder.join(name)).expect("the folder takes folders");
        fs::write(folder.join(name).join("function.toml"), file).expect("the folder takes files");
    }
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("a bound socket has an address").port();
    let scene = Scene::new().port(port);
    let refused = scene.try_start().err().expect("the port is taken").expect_failure();
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    for told in [&port.to_string(), "--port"] {
        assert!(refused.stderr.contains(told), "{told} is missing in: {}", refused.stderr);
    }
    let causes = refused.stderr.matches("os error").count();
    assert!(causes <= 1, "the cause is told {causes} times: {}", refused.stderr);
}

#[test]
fn without_keys_the_host_stays_on_loopback() {
    let open = Scene::new().argument("--no-auth").argument("--address=0.0.0.0");
    let refused = open.try_start().err().expect("open to the world").expect_failure();
    assert!(matches!(refused.code, Some(2..=4)), "{:?} {}", refused.code, refused.stderr);
    assert!(refused.stderr.contains("--no-auth"), "{}", refused.stderr);
    assert!(refused.stderr.contains("loopback"), "{}", refused.stderr);
}

#[test]
fn with_keys_the_host_may_leave_loopback() {
    let scene = Scene::new().argument("--address=0.0.0.0");
    let host = scene.start();
    let stream = std::net::TcpStream::connect(("127.0.0.1", host.address().port()));
    assert!(stream.is_ok(), "{stream:?}");
}

#[test]
fn all_problems_of_the_host_file_are_told_at_once() {
    let scene = Scene::new();
    let app = scene.folder().join("app");
    fs::create_dir(&app).expect("the folder takes folders");
    let file = "version = \"2.0\"\nfunctionTimeuot = \"00:05:00\"\n\n[extensions.http]\nroutePrefix = 5\n";
    write_app(&app, file, None);
    let scene = scene.app(&app);
    let refused = scene.try_start().err().expect("the host file is broken").expect_failure();
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    for told in ["host.toml", "functionTimeuot", "functionTimeout", "routePrefix"] {
        assert!(refused.stderr.contains(told), "{told} is missing in: {}", refused.stderr);
    }
    assert!(refused.stdout.is_empty(), "nothing listens before all is valid: {}", refused.stdout);
}

#[test]
fn a_broken_function_is_left_out_and_the_others_serve() {
    let scene = Scene::new();
    let app = scene.folder().join("app");
    fs::create_dir(&app).expect("the folder takes folders");
    write_app(&app, "version = \"2.0\"\n", Some(("Broken", "bindings = 5\n")));
    let scene = scene.app(&app);
    let host = scene.start();
    host.get("/").send().expect(200);
    host.wait_to_say("Broken");
    drop(host);

    let strict = scene.argument("--strict");
    let refused = strict.try_start().err().expect("strict means strict").expect_failure();
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("Broken"), "{}", refused.stderr);
}

#[test]
fn the_sample_app_itself_is_without_problems() {
    let scene = Scene::new().argument("--strict");
    scene.start().expect_alive();
}

#[test]
fn a_folder_without_an_app_is_named() {
    let scene = Scene::new();
    let nowhere = scene.folder().join("nowhere");
    let scene = scene.app(&nowhere);
    let refused = scene.try_start().err().expect("there is no app").expect_failure();
    assert!(refused.stderr.contains("nowhere"), "{}", refused.stderr);
}
