//! How it is told: `target/chaos/report.md`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::plan::{NODES, Plan};
use super::verdict::Verdict;
use super::world::World;

/// Writes the report.
pub(super) fn write(plan: &Plan, world: &World, verdict: &Verdict, took: Duration) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/chaos");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let text = text(plan, world, verdict, took);
    std::fs::write(folder.join("report.md"), text).expect("the report can be written");
}

fn text(plan: &Plan, world: &World, verdict: &Verdict, took: Duration) -> String {
    let counts = &world.ledger.counts;
    let events = world.ledger.events();
    let settled = verdict.settled_after.map_or_else(
        || "never".to_owned(),
        |time| format!("{:.1} s after the last fault", time.as_secs_f32()),
    );
    let rows = [
        ("seed", plan.seed.to_string()),
        ("nodes", NODES.to_string()),
        ("clients", verdict.clients.to_string()),
        ("time", format!("{:.0} s", took.as_secs_f32())),
        ("faults", plan.faults().len().to_string()),
        ("messages kept", verdict.messages.to_string()),
        (
            "of them written by these clients",
            counts.acknowledged.load(Ordering::Relaxed).to_string(),
        ),
        ("sends tried again", counts.tried_again.load(Ordering::Relaxed).to_string()),
        ("messages heard live", counts.heard.load(Ordering::Relaxed).to_string()),
        ("connections made", counts.connections.load(Ordering::Relaxed).to_string()),
        ("of them recovered", counts.recovered.load(Ordering::Relaxed).to_string()),
        ("everybody knew everything", settled),
        ("wrong", verdict.wrongs.len().to_string()),
    ];
    let mut text = "# Chaos\n\n| | |\n|---|---|\n".to_owned();
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    for (title, lines) in [("Faults", &events), ("Wrong", &verdict.wrongs)] {
        let _ = write!(text, "\n## {title}\n\n```\n{}\n```\n", lines.join("\n"));
    }
    text
}
