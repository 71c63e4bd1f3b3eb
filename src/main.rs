//! The `switchboard` command.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use switchboard::commands::{Cli, Next, run};

#[tokio::main]
async fn main() -> ExitCode {
    match start(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            let mut stderr = io::stderr().lock();
            // Without a place to complain to, the exit code has to do.
            let _ = writeln!(stderr, "switchboard: {error}");
            for cause in error.chain().skip(1) {
                let _ = writeln!(stderr, "{cause}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn start(cli: Cli) -> anyhow::Result<ExitCode> {
    // What is not Unicode cannot be a setting of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    match run(cli, environment, &mut io::stdout()).await? {
        Next::Exit(code) => Ok(code),
        Next::Serve(_) => Ok(ExitCode::SUCCESS),
    }
}
