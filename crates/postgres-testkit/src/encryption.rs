//! A server that can be reached over TCP, and only encrypted: its certificate, made by the program `openssl`, and the
//! addresses that it listens on.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{supervisor, user::User};

/// So many servers of one process have addresses that no other process gives its own.
const SERVERS: u32 = 8;

/// How an encrypted server is reached.
#[derive(Debug)]
pub struct Encryption {
    folder: PathBuf,
    /// The certificate is good for the first.
    addresses: [Ipv4Addr; 2],
}

impl Encryption {
    /// Makes a key and a certificate that has signed itself.
    ///
    /// # Panics
    /// When `openssl` is not installed: a test of encryption must not pass without.
    pub(crate) fn prepare(folder: &Path, user: Option<User>) -> Self {
        let this = Self { folder: folder.to_owned(), addresses: addresses() };
        let config = format!(
            "[req]\ndistinguished_name = name\nx509_extensions = extensions\nprompt = no\n[name]\nCN = postgres-testkit\n\
             [extensions]\nsubjectAltName = IP:{}\nbasicConstraints = critical, CA:FALSE\n",
            this.addresses[0]
        );
        fs::write(folder.join("openssl.cnf"), config).expect("the folder takes files");
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]);
        command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        command.arg("-config").arg(folder.join("openssl.cnf"));
        command.arg("-keyout").arg(this.key()).arg("-out").arg(this.certificate());
        command.stdin(Stdio::null()).current_dir(folder);
        supervisor::as_user(&mut command, user);
        let done = command.output().unwrap_or_else(|error| {
            panic!("`openssl` cannot be run (on Debian `apt-get install openssl`): {error}")
        });
        assert!(done.status.success(), "openssl failed: {}", String::from_utf8_lossy(&done.stderr));
        // Nobody gets in over TCP who does not encrypt.
        fs::write(this.access(), "local all all trust\nhostssl all all 127.0.0.0/8 trust\n")
            .expect("the folder takes files");
        this
    }

    /// The certificate, as a file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server.crt")
    }

    /// The URL of a database, to which `?sslmode=…` is to be added, at the address that the certificate is for.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.addresses[0])
    }

    /// The same at an address that the certificate is not for.
    pub fn url_elsewhere(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.addresses[1])
    }

    /// Settings of the server.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let path = |path: PathBuf| path.display().to_string();
        [
            ("listen_addresses", self.addresses.map(|address| address.to_string()).join(",")),
            ("ssl", "on".to_owned()),
            ("ssl_cert_file", path(self.certificate())),
            ("ssl_key_file", path(self.key())),
            ("hba_file", path(self.access())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn key(&self) -> PathBuf {
        self.folder.join("server.key")
    }

    fn access(&self) -> PathBuf {
        self.folder.join("hba.conf")
    }
}

/// Two addresses of the loopback device that nobody else uses, so that the port need not be looked for.
fn addresses() -> [Ipv4Addr; 2] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = NEXT.fetch_add(1, Ordering::Relaxed) % SERVERS;
    let number = (process::id().wrapping_mul(SERVERS) + server).wrapping_mul(2);
    [0, 1].map(|one| {
        let [_, a, b, c] = number.wrapping_add(one).to_be_bytes();
        Ipv4Addr::new(127, a.max(1), b, c)
    })
}
