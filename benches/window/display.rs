//! What only a display shows: when the first frame with everything is there, that nothing is drawn when nothing happens, and
//! how much memory it takes. Runs the real program and a bare window by turns.
#![allow(clippy::print_stdout)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::table::{Table, median};

const TURNS: usize = 9;
const PATIENCE: Duration = Duration::from_secs(60);
const IDLE: Duration = Duration::from_secs(10);
const MORE_MEMORY: u64 = 60 << 20;

/// A program with a window, and the lines that it tells of itself.
struct Shown {
    child: Child,
    lines: Receiver<(Instant, String)>,
    begin: Instant,
}

impl Shown {
    fn start(mut command: Command) -> Self {
        let begin = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (tell, lines) = channel();
        let told = child.stderr.take();
        std::thread::spawn(move || {
            for line in told.into_iter().flat_map(|told| BufReader::new(told).lines()).map_while(Result::ok) {
                let _ = tell.send((Instant::now(), line));
            }
        });
        Self { child, lines, begin }
    }

    /// How long until it says so.
    fn until(&self, words: &str) -> Duration {
        let mut told = Vec::new();
        while let Ok((at, line)) = self.lines.recv_timeout(PATIENCE) {
            if line.contains(words) {
                return at - self.begin;
            }
            told.push(line);
        }
        panic!("it never said {words:?}, but: {told:#?}");
    }

    /// How many frames it draws in a time.
    fn frames(&self, time: Duration) -> usize {
        while self.lines.try_recv().is_ok() {}
        let (end, mut frames) = (Instant::now() + time, 0);
        while let Ok((_, line)) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            frames += usize::from(line.contains("a frame"));
        }
        frames
    }

    /// Bytes of memory, once it stands still.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
        kib.unwrap_or_default() << 10
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn real(dir: &Path) -> Shown {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao"));
    command.arg("--wallet").arg(dir).args(["--lang", "zh-CN", "--theme", "light"]).env("HONGBAO_LOG", "hongbao=trace");
    Shown::start(command)
}

fn bare() -> Shown {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.arg("--bare");
    Shown::start(command)
}

pub(crate) fn measure(table: &mut Table, large: &Path, huge: &Path) {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        println!("There is no display: first frame, idle frames and memory were NOT measured.");
        return;
    }
    const ALL: &str = "everything is shown";
    // The first of each warms what the system keeps of both.
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..=TURNS {
        let pair = [real(large).until(ALL), bare().until(ALL)];
        if turn > 0 {
            times.iter_mut().zip(pair).for_each(|(times, time)| times.push(time));
        }
    }
    table.ratio("first frame with rows and envelopes, 10,000 packets / bare", times.map(median), 1.5);
    let window = real(large);
    window.until(ALL);
    window.frames(Duration::from_secs(3));
    let frames = window.frames(IDLE);
    table.line(
        "frames drawn in 10 s of nothing",
        [frames.to_string(), String::new(), String::new()],
        "0".into(),
        frames == 0,
    );
    let this = window.memory();
    drop(window);
    // One after the other: what lies behind another window is not drawn.
    let nothing = bare();
    nothing.until(ALL);
    nothing.frames(Duration::from_secs(3));
    let beside = nothing.memory();
    drop(nothing);
    let more = this.saturating_sub(beside);
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    table.line(
        "memory with 10,000 packets / bare",
        [mib(this), mib(beside), format!("+{}", mib(more))],
        "+60 MiB".into(),
        more <= MORE_MEMORY,
    );
    let window = real(huge);
    window.until(ALL);
    window.frames(Duration::from_secs(3));
    table.told("memory with 100,000 packets", mib(window.memory()));
}
