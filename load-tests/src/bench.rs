//! All that was asked for, one scenario after the other.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::ValueEnum as _;

use crate::aim;
use crate::machine;
use crate::options::{Name, Options};
use crate::progress::say;
use crate::report::Found;
use crate::scenario;

/// What came of all scenarios.
#[derive(Default)]
struct Results {
    found: Found,
    failures: Vec<String>,
}

/// Measures, prints each table once it is there, and writes the report.
///
/// # Errors
/// A scenario failed; the others were measured nevertheless, and are in the report.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut results = Results::default();
    let names = options.scenarios();
    let began = Instant::now();
    for (place, name) in names.iter().enumerate() {
        let passed = began.elapsed().as_secs();
        say(&format!("[{}/{}, {passed} s] {}", place + 1, names.len(), title(*name)));
        match scenario::run(*name, options) {
            Ok(found) => results.add(found)?,
            Err(error) => results.failed(*name, &error),
        }
    }
    let mut out = std::io::stdout();
    writeln!(out, "\n{}", aim::table(&results.found.aims))?;
    if let Some(path) = &options.report {
        results.write(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if results.failures.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", results.failures.join("; "))
}

fn title(name: Name) -> String {
    name.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
}

impl Results {
    fn add(&mut self, found: Found) -> anyhow::Result<()> {
        for table in &found.tables {
            writeln!(std::io::stdout(), "\n{table}")?;
        }
        self.found.tables.extend(found.tables);
        self.found.aims.extend(found.aims);
        self.found.plots.extend(found.plots);
        Ok(())
    }

    fn failed(&mut self, name: Name, error: &anyhow::Error) {
        let failure = format!("`{}`: {error:#}", title(name));
        say(&format!("FAILED: {failure}"));
        self.failures.push(failure);
    }

    /// Writes everything, the targets first, and the plots into a folder beside.
    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut text = format!("# Load tests\n\nMeasured on {}.\n\n", machine::describe());
        for failure in &self.failures {
            writeln!(text, "**Not measured**: {failure}\n")?;
        }
        writeln!(text, "{}", aim::table(&self.found.aims))?;
        for table in &self.found.tables {
            writeln!(text, "{table}")?;
        }
        let plots = path.with_file_name("plots");
        fs::create_dir_all(&plots)?;
        for plot in &self.found.plots {
            fs::write(plots.join(plot.name).with_extension("svg"), plot.svg())?;
            writeln!(text, "![{name}](plots/{name}.svg)", name = plot.name)?;
        }
        Ok(fs::write(path, text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_failed_is_named_in_the_report_and_hides_no_other() {
        let mut results = Results::default();
        results.failed(Name::Room, &anyhow::anyhow!("member 3: message 7 lost"));
        let folder = std::env::temp_dir().join(format!("load-tests-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        results.write(&folder.join("report.md")).unwrap();
        let report = fs::read_to_string(folder.join("report.md")).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(report.contains("**Not measured**: `room`: member 3: message 7 lost"), "{report}");
        assert!(report.contains("## Targets"), "{report}");
    }
}
