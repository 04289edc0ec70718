//! A blob that is larger than the memory it goes through: copied by a function, sent in over HTTP, and sent out. The host
//! runs in a process of its own, this test binary started again, so that its memory can be read.
//!
//! `FNHOST_TEST_BLOB_BYTES` says how large; 256 MiB without it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::http_streams::{Scene, registry};

/// Most memory that the host may ever have had, in kB.
const MOST: u64 = 100_000;

const APP: &str = "FNHOST_TEST_LARGE_APP";

fn length() -> u64 {
    std::env::var("FNHOST_TEST_BLOB_BYTES").map_or(256 << 20, |text| text.parse().unwrap())
}

/// Not a test: the host of the test below, which starts it by name.
#[tokio::test]
#[ignore = "the host of `a_large_blob_takes_little_memory`"]
async fn host() {
    let app = std::env::var(APP).unwrap();
    let mut options = fnhost::runtime::HostOptions::new(app);
    options.port = Some(0);
    options.auth = false;
    options.announced = false;
    options.environment = fnhost::config::Environment::from_iter([("AzureWebJobsStorage", "file://blobs")]);
    let host = fnhost::runtime::Host::start(options, registry(), |_| ()).await.unwrap();
    println!("\nlistening {}", host.address());
    host.run(fnhost::shutdown::Shutdown::new()).await;
}

struct Host {
    child: Child,
    address: SocketAddr,
}

impl Host {
    fn start(app: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "large::host", "--ignored", "--nocapture"])
            .env(APP, app)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("listening ").map(str::to_owned))
            .expect("the host says where it listens");
        // What else the test harness prints has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.parse().unwrap() }
    }

    /// The most memory that the process ever had, in kB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse().unwrap()
    }

    fn connect(&self, head: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket
            .write_all(format!("{head}\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).as_bytes())
            .unwrap();
        socket
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Bytes that follow from where they stand, so that a part that is missing or doubled shows.
struct Pattern {
    at: u64,
    length: u64,
}

impl Read for Pattern {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from((self.length - self.at).min(into.len() as u64)).unwrap();
        for byte in &mut into[..most] {
            *byte = (self.at ^ (self.at >> 8) ^ (self.at >> 16) ^ (self.at >> 24)) as u8;
            self.at += 1;
        }
        Ok(most)
    }
}

/// Whether these are exactly the bytes of the pattern.
fn is_pattern(mut found: impl Read, length: u64) -> bool {
    let mut expected = Pattern { at: 0, length };
    let (mut one, mut other) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let read = found.read(&mut one).unwrap();
        if read == 0 {
            return expected.at == length;
        }
        if expected.read_exact(&mut other[..read]).is_err() || one[..read] != other[..read] {
            return false;
        }
    }
}

/// Reads the head of an answer, which must be 200.
fn answer(socket: TcpStream) -> BufReader<TcpStream> {
    let mut answer = BufReader::new(socket);
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200 "), "{line}");
    while line != "\r\n" {
        line.clear();
        answer.read_line(&mut line).unwrap();
    }
    answer
}

#[test]
fn a_large_blob_takes_little_memory() {
    let length = length();
    let scene = Scene::new("[extensions.http]\nmaxRequestBodySize = \"8 GiB\"\n");
    let folder = scene.folder.path().join("blobs/box");
    let host = Host::start(scene.folder.path());

    let mut socket = host.connect(&format!("POST /api/upload/in HTTP/1.1\r\nContent-Length: {length}"));
    std::io::copy(&mut Pattern { at: 0, length }, &mut socket).unwrap();
    std::io::copy(&mut answer(socket), &mut std::io::sink()).unwrap();
    assert!(is_pattern(File::open(folder.join("in")).unwrap(), length), "what was stored is something else");
    let uploaded = host.peak();

    let mut text = String::new();
    answer(host.connect("GET /api/copy/in/out HTTP/1.1")).read_to_string(&mut text).unwrap();
    assert_eq!(text, length.to_string());
    fs::remove_file(folder.join("in")).unwrap();
    let copied = host.peak();

    let back = answer(host.connect("GET /api/download/out HTTP/1.1"));
    assert!(is_pattern(back, length), "what came back is something else");
    let sent = host.peak();
    eprintln!(
        "{length} bytes: {uploaded} kB after the upload, {copied} kB after the copy, {sent} kB after the download"
    );
    assert!(sent < MOST, "the host had {sent} kB");
}
