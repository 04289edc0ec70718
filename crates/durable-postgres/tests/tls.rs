//! Connections over TCP are encrypted, and the server proves who it is, as `sslmode` asks.

use std::{sync::OnceLock, time::Duration};

use durable_core::store::{Hosts, News, Store};
use durable_postgres::{Options, PostgresStore};
use postgres_testkit::{Encryption, Server};

/// Takes nobody over TCP who does not encrypt.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        Server::start(&postgres_testkit::Options { encrypted: true, ..postgres_testkit::Options::default() })
    })
}

/// Names the certificate of the server as the one to be trusted.
fn trusting(encryption: &Encryption) -> String {
    format!("sslrootcert={}", encryption.certificate().display())
}

async fn open(url: String, schema: &str) -> Result<PostgresStore, String> {
    let patience = Duration::from_secs(10);
    let options = Options { schema: schema.to_owned(), patience, ..Options::new(url, "tls") };
    PostgresStore::open(options).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn all_connections_are_encrypted() {
    let encryption = server().encryption();
    let modes = ["", "prefer", "require", "verify-ca", "verify-full"];
    for (number, mode) in modes.into_iter().enumerate() {
        let mut url = format!("{}?{}", encryption.url("postgres"), trusting(encryption));
        if !mode.is_empty() {
            url += &format!("&sslmode={mode}");
        }
        let name = format!("tls{number}");
        let store = open(format!("{url}&application_name={name}"), &name).await.expect(mode);
        let lease = store.register("tls".to_owned()).await.expect("registers");
        store.renew(lease).await.expect("renews");
        store.announce(News::WORK).await.expect("announces");
        let ours = format!(
            "SELECT count(*) >= 3, bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE application_name = '{name}'"
        );
        assert_eq!(server().sql("postgres", &ours), "t|t", "sslmode {mode:?}");
        store.deregister(lease).await.expect("leaves");
        store.close().await.expect("closes");
    }
}

#[tokio::test]
async fn a_server_that_proves_nothing_is_refused() {
    let encryption = server().encryption();
    let (here, elsewhere) = (encryption.url("postgres"), encryption.url_elsewhere("postgres"));
    let trusting = trusting(encryption);
    for (url, why) in [
        // Nobody vouches for it.
        (format!("{here}?sslmode=verify-full"), "does not prove who it is: invalid peer certificate"),
        (format!("{here}?sslmode=verify-ca"), "does not prove who it is: invalid peer certificate"),
        // The certificate is another's.
        (
            format!("{elsewhere}?sslmode=verify-full&{trusting}"),
            "does not prove who it is: invalid peer certificate",
        ),
        (format!("{here}?sslmode=disable"), "the database does not let us in: no pg_hba.conf entry"),
        (
            format!("{here}?sslmode=verify-full&sslrootcert=/nowhere.crt"),
            "`sslrootcert` names the file /nowhere.crt, which cannot be read",
        ),
        // A socket of this machine is never encrypted.
        (format!("{}&sslmode=require", server().url("postgres")), "server does not support TLS"),
    ] {
        let error = open(url.clone(), "refused").await.expect_err(&url);
        assert!(error.contains(why), "{url}: {error}");
    }
    // Who asks only for an authority does not ask for a name.
    let store = open(format!("{elsewhere}?sslmode=verify-ca&{trusting}"), "elsewhere").await.expect("opens");
    store.close().await.expect("closes");
}
