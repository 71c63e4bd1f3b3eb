//! On what it was measured.

use std::fs;
use std::path::Path;
use std::thread::available_parallelism;

use crate::options;

/// Processors, their model, the kernel, memory and the disk that messages are kept on, as far as the system says.
pub(crate) fn describe() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let processors = available_parallelism().map_or(1, std::num::NonZero::get);
    let model = model(&read("/proc/cpuinfo")).unwrap_or_else(|| "unknown model".to_owned());
    let kernel = read("/proc/sys/kernel/osrelease");
    let memory = memory_gib(&read("/proc/meminfo"));
    let memory = memory.map_or_else(String::new, |gib| format!(", {gib} GiB of memory"));
    let folder = options::folder().and_then(|it| Ok(it.canonicalize()?)).ok();
    let disk = folder.and_then(|folder| disk(&read("/proc/mounts"), &folder));
    let disk = disk.map_or_else(String::new, |disk| format!(", {disk}"));
    format!("{processors} processors ({model}), Linux {}{memory}{disk}", kernel.trim())
}

/// The memory of the machine, rounded.
fn memory_gib(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some((kib + (1 << 19)) >> 20)
}

/// The device and file system that a folder lies on: of all that are mounted above it, the nearest.
fn disk(mounts: &str, folder: &Path) -> Option<String> {
    let fields = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        Some((fields.next()?, Path::new(fields.next()?), fields.next()?))
    });
    let above = fields.filter(|(_, place, _)| folder.starts_with(place));
    let (device, _, kind) = above.max_by_key(|(_, place, _)| place.components().count())?;
    Some(format!("{device} with {kind}"))
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

    #[test]
    fn memory_is_rounded_and_the_nearest_disk_is_named() {
        assert_eq!(memory_gib("MemTotal:       24577000 kB\nMemFree: 1 kB\n"), Some(23));
        let mounts = "/dev/a / ext4 rw 0 0\n/dev/b /data xfs rw 0 0\ntmpfs /dat tmpfs rw 0 0\n";
        let on = |folder| disk(mounts, Path::new(folder));
        assert_eq!(on("/data/target").as_deref(), Some("/dev/b with xfs"));
        assert_eq!(on("/home").as_deref(), Some("/dev/a with ext4"));
    }
}
