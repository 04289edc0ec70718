//! What a process uses, as `/proc` tells.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// User and system time of a process so far.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = Stat::read(&format!("/proc/{pid}/stat"))?;
    Ok(in_ticks(stat.own))
}

/// The same of a process and its children, those that have ended among them.
pub(crate) fn cpu_time_of_family(pid: u32) -> anyhow::Result<Duration> {
    let first = Stat::read(&format!("/proc/{pid}/stat"))?;
    let mut ticks = first.own + first.ended_children;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) else {
            continue;
        };
        // A process may end while it is looked at.
        match Stat::read(&format!("/proc/{child}/stat")) {
            Ok(stat) if stat.parent == pid => ticks += stat.own + stat.ended_children,
            _ => {}
        }
    }
    Ok(in_ticks(ticks))
}

/// What `/proc/…/stat` tells, times in ticks.
struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

impl Stat {
    fn read(file: &str) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file)?;
        // The name in parentheses may hold anything; the state comes after it.
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let number = |at: usize| anyhow::Ok(fields.get(at).context("a short /proc/…/stat")?.parse::<u64>()?);
        Ok(Self {
            parent: u32::try_from(number(1)?)?,
            own: number(11)? + number(12)?,
            ended_children: number(13)? + number(14)?,
        })
    }
}

fn in_ticks(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Time of all cores so far, in ticks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    busy: u64,
    all: u64,
}

/// What the machine's cores have done so far.
pub(crate) fn machine() -> anyhow::Result<Machine> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("an empty /proc/stat")?;
    // user nice system idle iowait irq softirq steal; guests are counted among the first two already.
    let ticks = line.split_whitespace().skip(1).take(8).map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    let all = ticks.iter().sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    Ok(Machine { busy: all - idle, all })
}

impl Machine {
    /// The share of its cores' time that was used since; 1 is all.
    pub(crate) fn busy_since(self, before: Self) -> f64 {
        (self.busy - before.busy) as f64 / (self.all - before.all).max(1) as f64
    }
}

/// Bytes in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All pages that the process has in memory, those of the executable and of libraries among them.
    pub(crate) resident: u64,
    /// The same, where a page that several processes share counts in parts.
    pub(crate) proportional: u64,
    /// The most that was ever resident.
    pub(crate) highest: u64,
}

/// What a process has in memory now.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    Ok(Memory {
        resident: kilobytes(&format!("/proc/{pid}/status"), "VmRSS:")?,
        proportional: kilobytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:")?,
        highest: kilobytes(&format!("/proc/{pid}/status"), "VmHWM:")?,
    })
}

fn kilobytes(file: &str, field: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .with_context(|| format!("no {field} in {file}"))?;
    Ok(number.parse::<u64>()? * 1024)
}

/// Runnable processes, averaged over the last minute: whether the machine was quiet.
pub(crate) fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_a_process_and_its_children() {
        let me = std::process::id();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let stat = Stat::read(&format!("/proc/{}/stat", child.id())).unwrap();
        assert_eq!(stat.parent, me);
        let before = cpu_time_of_family(me).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(cpu_time_of_family(me).unwrap() >= before, "what a child used is not forgotten");
        assert!(cpu_time_of_family(me).unwrap() >= cpu_time(me).unwrap());
    }
}
