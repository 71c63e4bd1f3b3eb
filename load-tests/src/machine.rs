//! On what it was measured.

use std::fs;
use std::thread::available_parallelism;

/// Processors, their model and the kernel, as far as the system says.
pub(crate) fn describe() -> String {
    let processors = available_parallelism().map_or(1, std::num::NonZero::get);
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| model(&text));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let model = model.unwrap_or_else(|| "unknown model".to_owned());
    format!("{processors} processors ({model}), Linux {}", kernel.trim())
}

fn model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(": ").map(|(_, model)| model.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A processor: fast\n";
        assert_eq!(model(cpuinfo).as_deref(), Some("A processor: fast"));
        assert_eq!(model("processor\t: 0\n"), None);
    }
}
