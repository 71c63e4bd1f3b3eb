//! The `switchboard` program: the command line, and the pages embedded in it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::Parser as _;
use rust_embed::RustEmbed;
use switchboard::commands::{Cli, Next, run};
use switchboard::lifecycle::serve;
use switchboard::web::{Asset, Assets};

/// The built pages. They are embedded here and not in the library, so that a changed page makes
/// nothing but this file be built again.
#[derive(RustEmbed)]
#[folder = "web/dist/"]
struct Pages;

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
        Next::Serve(config) => serve(*config, Assets(page)).await.map(|()| ExitCode::SUCCESS),
    }
}

fn page(name: &str) -> Option<Asset> {
    let file = Pages::get(name)?;
    let digest = BASE64_URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash());
    Some(Asset { bytes: file.data, digest })
}
