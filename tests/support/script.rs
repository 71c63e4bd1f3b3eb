//! Scripts in other languages: they assert by themselves and end with a status.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::control::Control;
use super::process::Process;
use super::{TestApp, output, skip};

/// The longest a script may take.
const LIMIT: Duration = Duration::from_mins(4);

/// What runs a script, and where it lies under `tests/`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Script {
    Node(&'static str),
    Python(&'static str),
}

impl Script {
    /// The command, or `None` when what it needs is not installed.
    fn command(self) -> Option<Command> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let (program, installed, path) = match self {
            Self::Node(path) => ("node".into(), root.join("tests/node_modules"), path),
            Self::Python(path) => {
                let python = root.join("target/python/bin/python");
                (python.clone().into_os_string(), python, path)
            }
        };
        if !installed.exists() {
            skip(&format!("{}", installed.display()));
            return None;
        }
        let mut command = Command::new(program);
        if matches!(self, Self::Node(_)) {
            // Libraries forget timers; nobody waits for those.
            command.arg("--test-force-exit");
        }
        command.arg(root.join("tests").join(path));
        Some(command)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Node(path) | Self::Python(path) => path,
        }
    }

    /// Runs it with these variables and fails with its output when it fails or takes too long.
    pub(crate) async fn run(self, environment: &[(&str, &str)]) {
        let Some(mut command) = self.command() else { return };
        let log = output::folder().join(self.name().replace('/', "-") + ".log");
        let _ = std::fs::remove_file(&log);
        command.envs(environment.iter().copied());
        let mut process = Process::start(&mut command, &log);
        let status = process.end_within(LIMIT).await;
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        match status {
            Some(status) if status.success() => {}
            Some(status) => panic!("{self:?}: {status}\n{said}"),
            None => panic!("{self:?} took too long\n{said}"),
        }
    }
}

/// Runs a script against a server. It finds the server at `BASE_URL`, what `switchboard demo` printed
/// in `DEMO`, the means to kill and restart the server at `CONTROL_URL`, and a folder for pictures in
/// `SCREENSHOTS`.
pub(crate) async fn run_script(app: &Arc<TestApp>, script: Script, environment: &[(&str, &str)]) {
    let control = Control::start(Arc::clone(app)).await;
    let screenshots = output::root().join("screenshots").display().to_string();
    let own = [
        ("BASE_URL", app.base_url.as_str()),
        ("DEMO", &app.demo_json),
        ("CONTROL_URL", &control.url),
        ("SCREENSHOTS", &screenshots),
    ];
    script.run(&[&own, environment].concat()).await;
}
