//! A host that talks with its database over TCP, encrypted.

use std::sync::OnceLock;

use postgres_testkit::{Options, Server};
use serde_json::json;

use super::refusals::refused;
use crate::support::Scene;

/// Takes nobody over TCP who does not encrypt.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&Options { encrypted: true, ..Options::default() }))
}

#[test]
fn a_host_encrypts_all_it_says_to_the_database() {
    let encryption = server().encryption();
    let certificate = encryption.certificate();
    let url =
        format!("{}?sslmode=verify-full&sslrootcert={}", encryption.url("postgres"), certificate.display());
    let host = Scene::new().on_postgres(&url).start();
    host.durable().start("E1_HelloSequence", "one", &json!(null)).expect(202);
    host.durable().wait_for("one", "Completed");
    let ours = "SELECT count(*) >= 4, bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                WHERE application_name = 'fnhost'";
    assert_eq!(server().sql("postgres", ours), "t|t");
}

#[test]
fn a_server_that_does_not_prove_who_it_is_is_refused() {
    let url = format!("{}?sslmode=verify-full", server().encryption().url("postgres"));
    let text = refused(&Scene::new().on_postgres(&url));
    assert!(text.contains("does not prove who it is") && text.contains("sslrootcert=FILE"), "{text}");
}
