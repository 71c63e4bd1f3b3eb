//! nginx and HAProxy in front of nodes, with the configuration that operators are given.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::process::Process;
use super::{Door, SOON, free_port, output, skip};

/// A running proxy. Ended when dropped.
pub(crate) struct Balancer {
    /// Where it takes clients without TLS.
    pub(crate) door: Door,
    /// `https://127.0.0.1:PORT`
    pub(crate) secure_url: String,
    process: Process,
    folder: Workshop,
}

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    HaProxy,
}

impl Balancer {
    /// Starts one before these doors; `None` where the program is not installed.
    pub(crate) async fn start(kind: Kind, nodes: &[&Door]) -> Option<Self> {
        let workshop = Workshop::new(kind)?;
        let (plain, secure) = (free_port(), free_port());
        let addresses: Vec<_> = nodes.iter().map(|node| node.address.as_str()).collect();
        let configuration = workshop.configuration(&addresses, plain, secure);
        let process = workshop.launch(&configuration);
        let address = format!("127.0.0.1:{plain}");
        let balancer = Self {
            door: nodes.first()?.at(&address),
            secure_url: format!("https://127.0.0.1:{secure}"),
            process,
            folder: workshop,
        };
        balancer.await_open(&address).await;
        Some(balancer)
    }

    /// The file of the certificate that it shows.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.certificate()
    }

    async fn await_open(&self, address: &str) {
        let deadline = Instant::now() + SOON;
        while TcpStream::connect(address).await.is_err() {
            assert!(Instant::now() < deadline, "the proxy does not listen; see its log");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // Killed, nginx would leave its workers behind.
        if self.process.ended().is_none() {
            self.process.terminate();
            self.process.wait();
        }
    }
}

/// A folder with a certificate, and the configuration of `deploy/` changed for a test's ports.
struct Workshop {
    kind: Kind,
    folder: TempDir,
}

impl Workshop {
    fn new(kind: Kind) -> Option<Self> {
        if Command::new(kind.program()).arg("-v").output().is_err() {
            skip(kind.program());
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Under root, nginx' workers run as another user.
        let readable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), readable).expect("the folder is ours");
        certify(folder.path());
        Some(Self { kind, folder })
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Writes the configuration and says where it is.
    fn configuration(&self, nodes: &[&str], plain: u16, secure: u16) -> PathBuf {
        let text = fs::read_to_string(deploy(self.kind.file())).expect("deploy/ has it");
        let folder = self.folder.path();
        let text = match self.kind {
            Kind::Nginx => nginx(&text, nodes, folder, plain, secure),
            Kind::HaProxy => haproxy(&text, nodes, folder, plain, secure),
        };
        let path = folder.join(self.kind.file());
        fs::write(&path, text).expect("the folder is ours");
        path
    }

    fn launch(&self, configuration: &Path) -> Process {
        let mut command = Command::new(self.kind.program());
        match self.kind {
            Kind::Nginx => command
                .args(["-g", "daemon off;", "-e"])
                .arg(self.folder.path().join("error.log"))
                .arg("-c"),
            Kind::HaProxy => command.args(["-db", "-f"]),
        };
        let log = output::folder().join(format!("{}.log", self.kind.program()));
        Process::start(command.arg(configuration), &log)
    }
}

impl Kind {
    const fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.conf",
            Self::HaProxy => "haproxy.cfg",
        }
    }
}

/// A file for operators.
pub(crate) fn deploy(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)
}

fn nginx(text: &str, nodes: &[&str], folder: &Path, plain: u16, secure: u16) -> String {
    let folder = folder.display();
    let mut own = format!("http {{\n  client_body_temp_path {folder}/body;\n");
    for kind in ["proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(own, "  {kind}_temp_path {folder}/{kind};");
    }
    let redirecting = free_port();
    let text = text
        .replace("http {", own.trim_end())
        .replace("/run/nginx.pid", &format!("{folder}/nginx.pid"))
        .replace("listen 80;", &format!("listen 127.0.0.1:{redirecting};"))
        .replace(
            "listen 443 ssl;",
            &format!("listen 127.0.0.1:{plain}; listen 127.0.0.1:{secure} ssl;"),
        )
        .replace("/etc/ssl/certs/chat.example.com.pem", &format!("{folder}/certificate.pem"))
        .replace("/etc/ssl/private/chat.example.com.key", &format!("{folder}/key.pem"));
    let lines = text.lines().filter(|line| !line.contains("listen [::]"));
    with_nodes(lines, nodes, "127.0.0.1:4001", "127.0.0.1:4002", |line, _, node| {
        line.replace("127.0.0.1:4001", node)
    })
}

fn haproxy(text: &str, nodes: &[&str], folder: &Path, plain: u16, secure: u16) -> String {
    let certificates = format!("{}/both.pem", folder.display());
    let text = text
        .replace("bind :80\n", &format!("bind 127.0.0.1:{plain}\n"))
        .replace("# bind :443", &format!("bind 127.0.0.1:{secure}"))
        .replace("/etc/haproxy/certs", &certificates);
    with_nodes(text.lines(), nodes, "server node1 ", "server node2 ", |line, number, node| {
        line.replace("node1:4000", node).replace("node1", &format!("node{number}"))
    })
}

/// The lines, with one for each node in the place of the one that has the mark of the first, and none in
/// that of the second.
fn with_nodes<'a>(
    lines: impl Iterator<Item = &'a str>,
    nodes: &[&str],
    first: &str,
    second: &str,
    line_of: impl Fn(&str, usize, &str) -> String,
) -> String {
    let mut text = String::new();
    for line in lines.filter(|line| !line.contains(second)) {
        if line.contains(first) {
            for (at, node) in nodes.iter().enumerate() {
                text += &(line_of(line, at + 1, node) + "\n");
            }
        } else {
            text = text + line + "\n";
        }
    }
    text
}

/// Makes a certificate for this machine: `certificate.pem`, `key.pem`, and both in one file.
fn certify(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=switchboard test"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem"])
        .args(["-out", "certificate.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl is part of every system with TLS");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it was just made");
    let both = read("certificate.pem") + &read("key.pem");
    fs::write(folder.join("both.pem"), both).expect("the folder is ours");
}
