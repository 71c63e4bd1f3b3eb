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
        command.arg(root.join("tests").join(path));
        Some(command)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Node(path) | Self::Python(path) => path,
        }
    }
}

/// Runs a script against the server. It finds the server at `BASE_URL`, what `switchboard demo` printed
/// in `DEMO`, the means to kill and restart the server at `CONTROL_URL`, and a folder for pictures in
/// `OUTPUT`. Its output is shown when it fails.
pub(crate) async fn run_script(app: &Arc<TestApp>, script: Script, environment: &[(&str, &str)]) {
    let Some(mut command) = script.command() else { return };
    let control = Control::start(Arc::clone(app)).await;
    let log = app.output().join(script.name().replace('/', "-") + ".log");
    let _ = std::fs::remove_file(&log);
    command
        .env("BASE_URL", &app.base_url)
        .env("DEMO", &app.demo_json)
        .env("CONTROL_URL", &control.url)
        .env("OUTPUT", app.output())
        .env("SCREENSHOTS", output::root().join("screenshots"))
        .envs(environment.iter().copied());
    let mut process = Process::start(&mut command, &log);
    let status = process.end_within(LIMIT).await;
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    match status {
        Some(status) if status.success() => {}
        Some(status) => panic!("{script:?}: {status}\n{said}"),
        None => panic!("{script:?} took too long\n{said}"),
    }
}
