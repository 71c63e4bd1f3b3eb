//! A Redis of the test's own, which it may stop, stall and start again.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::Value;
use tempfile::TempDir;

use super::{LIMIT, skip};

/// A `redis-server` on a port of its own. Killed when dropped.
pub(crate) struct Redis {
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
    process: Option<Child>,
}

impl Redis {
    /// Starts one; `None` where there is no `redis-server`.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with more arguments. `FOLDER` in them stands for its folder.
    pub(crate) fn start_with(arguments: &[&str]) -> Option<Self> {
        Self::start_in(tempfile::tempdir().expect("a folder can be made"), arguments)
    }

    /// Starts one in a folder that holds what its arguments name.
    pub(crate) fn start_in(folder: TempDir, arguments: &[&str]) -> Option<Self> {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut redis = Self { port: free_port(), arguments, folder, process: None };
        redis.resume().then_some(redis)
    }

    /// Starts it again on the same port, empty. False where there is no `redis-server`.
    pub(crate) fn resume(&mut self) -> bool {
        let folder = self.folder.path().display().to_string();
        let port = self.port.to_string();
        let more = self.arguments.iter().map(|more| more.replace("FOLDER", &folder));
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port, "--dir", &folder])
            .args(["--save", "", "--appendonly", "no", "--enable-debug-command", "yes"])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            skip("redis-server");
            return false;
        };
        self.process = Some(process);
        let deadline = Instant::now() + LIMIT;
        while TcpStream::connect(self.address()).is_err() {
            assert!(Instant::now() < deadline, "redis-server answers");
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a child can be killed");
            process.wait().expect("a killed child ends");
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Runs a command over a connection of its own, and does not wait for the answer.
    pub(crate) async fn tell(&self, words: &[&str]) {
        let mut connection = self.connect().await;
        let command = command(words);
        let answer = command.query_async::<Value>(&mut connection);
        let _ = tokio::time::timeout(Duration::from_millis(50), answer).await;
    }

    /// Runs a command over a connection of its own.
    pub(crate) async fn ask(&self, words: &[&str]) -> Value {
        let mut connection = self.connect().await;
        let answer = command(words).query_async(&mut connection).await;
        answer.unwrap_or_else(|error| panic!("{words:?} is answered: {error}"))
    }

    /// The last words of what a command answers.
    pub(crate) async fn says(&self, words: &[&str]) -> String {
        let mut answer = self.ask(words).await;
        while let Value::Array(mut answers) = answer {
            answer = answers.pop().expect("an answer says something");
        }
        redis::from_redis_value(answer).expect("an answer is words")
    }

    /// What the server counts under this name in `INFO`.
    pub(crate) async fn counts(&self, name: &str) -> u64 {
        let info = self.says(&["INFO"]).await;
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|count| count.trim().parse().ok()).expect("INFO has the count")
    }

    async fn connect(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url()).expect("the address is well-formed");
        client.get_multiplexed_async_connection().await.expect("Redis answers")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command(words: &[&str]) -> redis::Cmd {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command
}

/// Whichever Redis the environment names, or else one of the test's own, kept by the second value.
pub(crate) fn any() -> Option<(String, Option<Redis>)> {
    if let Ok(url) = std::env::var("SWITCHBOARD_TEST_REDIS_URL") {
        return Some((url, None));
    }
    let own = Redis::start()?;
    Some((own.url(), Some(own)))
}

/// Below the range that the system gives to outgoing connections, so that none of those takes it. So is the
/// port 10000 above, by which the servers of a cluster speak with each other.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    loop {
        let port = rand::random_range(20_000..22_700);
        if is_free(port) && is_free(port + 10_000) {
            return port;
        }
    }
}
