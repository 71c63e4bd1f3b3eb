//! The files are what the programs they are for understand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Script, deploy, skip};

/// Runs a program on a file of `deploy/`; it must be content.
fn accepts(program: &str, arguments: &[&str], file: &str) {
    let path = deploy(file);
    let folder = path.parent().unwrap();
    let command = Command::new(program)
        .args(arguments)
        .arg(path.file_name().unwrap())
        .current_dir(folder)
        .output();
    let Ok(output) = command else { return skip(program) };
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

fn read(file: &str) -> String {
    fs::read_to_string(deploy(file)).unwrap()
}

#[test]
fn prometheus_understands_what_it_is_given() {
    accepts("promtool", &["check", "config"], "prometheus/prometheus.yml");
    accepts("promtool", &["check", "rules"], "prometheus/alerts.yml");
}

#[test]
fn alarms_ring_when_they_should_and_not_otherwise() {
    accepts("promtool", &["test", "rules"], "prometheus/alerts.test.yml");
}

#[test]
fn systemd_understands_the_unit() {
    // It insists that the program is there, so it is shown one that is.
    let folder = tempfile::tempdir().unwrap();
    let unit = read("switchboard.service").replace("/usr/local/bin/switchboard", "/bin/true");
    let path = folder.path().join("switchboard.service");
    fs::write(&path, unit).unwrap();
    let Ok(output) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else {
        return skip("systemd-analyze");
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<_> = said.lines().filter(|line| line.contains("switchboard.service")).collect();
    assert!(ours.is_empty(), "{ours:#?}");
}

#[tokio::test]
async fn the_compose_file_holds_together() {
    let file = deploy("compose.yaml").display().to_string();
    Script::Python("deployment/compose.py").run(&[("COMPOSE", &file)]).await;
}

#[test]
fn every_figure_that_is_shown_or_watched_is_one_that_the_server_counts() {
    let mut counted = BTreeSet::new();
    collect_figures(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut counted);
    for file in ["grafana/switchboard.json", "prometheus/alerts.yml", "prometheus/alerts.test.yml"]
    {
        for figure in figures(&read(file)) {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|part| figure.strip_suffix(part))
                .unwrap_or(&figure);
            assert!(counted.contains(base), "{file}: {figure} is counted nowhere");
        }
    }
}

#[test]
fn the_dashboard_is_one() {
    let dashboard: Value = serde_json::from_str(&read("grafana/switchboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
    for panel in panels {
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
    }
}

/// Every figure that a source in this folder names.
fn collect_figures(folder: &Path, counted: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_figures(&path, counted);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            counted.append(&mut figures(&fs::read_to_string(path).unwrap()));
        }
    }
}

/// Every `switchboard_…` that is named.
fn figures(text: &str) -> BTreeSet<String> {
    let names = text.split(|it: char| !it.is_ascii_lowercase() && it != '_');
    names.filter(|name| name.starts_with("switchboard_")).map(str::to_owned).collect()
}
