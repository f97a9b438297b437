//! The three servers of a run: those of an operator, or own ones as child processes, which can be killed.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::LoadError;
use super::line::{Ask, Line};
use crate::packet::Origin;
use crate::party::data_dir::AdminDoor;

/// How long a server that was killed is asked for before that counts as a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// How servers are run: a program, and the words before `serve`.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program's file.
    pub path: PathBuf,
    /// Such as `server`, when the program is `hongbao`.
    pub words: Vec<String>,
}

impl Program {
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.words);
        command
    }
}

/// The variable that names a server's PostgreSQL database, so that no password stands among a process's arguments.
const DATABASE: &str = "HONGBAO_DATABASE";

/// Where own servers keep what they need.
#[derive(Clone)]
pub struct Own {
    /// A folder for their data; servers that were there before go on.
    pub dir: PathBuf,
    /// PostgreSQL databases for their books, in which `{server}` is `enterprise`, `issuing-bank` and `collecting-bank`.
    pub database: Option<String>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The database's address may hold a password.
        f.debug_struct("Own").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// Which part a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    Enterprise,
    IssuingBank,
    CollectingBank,
}

impl Part {
    const fn word(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::IssuingBank => "issuing-bank",
            Self::CollectingBank => "collecting-bank",
        }
    }

    const fn role(self) -> &'static str {
        if matches!(self, Self::Enterprise) { "enterprise" } else { "bank" }
    }

    /// No limit by address: all requests come from one.
    fn config(self) -> Value {
        match self {
            // Nobody is there to look at rewards, and a load is nothing but bursts.
            Self::Enterprise => json!({
                "name": "Load Ltd", "requests_per_second": 0,
                "holds": { "burst_rewards": 0, "burst_openings": 0, "ring": 0, "friends_unpaid": 0 },
            }),
            Self::IssuingBank => json!({ "name": "Issuing", "requests_per_second": 0, "account_prefix": "620011" }),
            Self::CollectingBank => {
                json!({ "name": "Collecting", "requests_per_second": 0, "account_prefix": "620022" })
            }
        }
    }
}

/// What a server used since it was last asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Which.
    pub server: &'static str,
    /// Processor time, in milliseconds; none where the system does not tell it, or the server is not a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u64>,
    /// The most memory it ever had, in KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_kib: Option<u64>,
    /// Transactions committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commits: Option<u64>,
    /// Times the log was brought into the main file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<u64>,
}

/// One of the three.
pub struct Server {
    part: Part,
    dir: PathBuf,
    pub(super) origin: Origin,
    address: SocketAddr,
    admin: SocketAddr,
    token: Zeroizing<String>,
    process: Option<Process>,
    before: Mutex<Usage>,
}

/// A child process, which never outlives this.
struct Process {
    start: Start,
    child: Mutex<Child>,
}

/// How a child is started, and started again.
struct Start {
    program: Program,
    args: Vec<String>,
    database: Option<String>,
    dir: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The three servers of a run.
pub struct Trio {
    /// Makes the packets.
    pub enterprise: Server,
    /// Issues the vouchers.
    pub issuing: Server,
    /// Holds the collectors' accounts.
    pub collecting: Server,
    pub(super) program: Program,
}

impl Trio {
    /// An operator's own servers, by their data directories. They must be running.
    ///
    /// # Errors
    /// [`LoadError::Data`]; [`LoadError::Remote`] when one listens on an address that others reach.
    pub fn running(program: Program, dirs: [&Path; 3], allow_remote: bool) -> Result<Self, LoadError> {
        let [enterprise, issuing, collecting] = dirs;
        let find = |part, dir| Server::find(part, dir, None, allow_remote);
        Ok(Self {
            enterprise: find(Part::Enterprise, enterprise)?,
            issuing: find(Part::IssuingBank, issuing)?,
            collecting: find(Part::CollectingBank, collecting)?,
            program,
        })
    }

    /// Starts own servers as child processes. Blocks until they accept requests.
    ///
    /// # Errors
    /// [`LoadError::Start`].
    pub fn start(program: Program, own: &Own) -> Result<Self, LoadError> {
        let start = |part| Server::start(part, &program, own);
        Ok(Self {
            enterprise: start(Part::Enterprise)?,
            issuing: start(Part::IssuingBank)?,
            collecting: start(Part::CollectingBank)?,
            program,
        })
    }

    pub(super) const fn all(&self) -> [&Server; 3] {
        [&self.enterprise, &self.issuing, &self.collecting]
    }

    /// What each used since the last call.
    pub async fn usage(&self) -> Vec<Usage> {
        let mut all = Vec::new();
        for server in self.all() {
            all.push(server.usage().await);
        }
        all
    }
}

impl Server {
    fn start(part: Part, program: &Program, own: &Own) -> Result<Self, LoadError> {
        let dir = own.dir.join(part.word());
        let config = own.dir.join(format!("{}.json", part.word()));
        let fail = |error: std::io::Error| LoadError::Start { dir: dir.clone(), why: error.to_string() };
        fs::create_dir_all(&own.dir).map_err(fail)?;
        fs::write(&config, part.config().to_string()).map_err(fail)?;
        let mut args: Vec<String> =
            ["serve", "--role", part.role(), "--listen", "127.0.0.1:0", "--until-stdin-closes", "--data"]
                .map(str::to_owned)
                .into();
        args.extend([dir.display().to_string(), "--config".to_owned(), config.display().to_string()]);
        let database = own.database.as_ref().map(|it| it.replace("{server}", part.word()));
        let start = Start { program: program.clone(), args, database, dir: dir.clone() };
        let child = start.spawn()?;
        Self::find(part, &dir, Some(Process { start, child: Mutex::new(child) }), false)
    }

    fn find(part: Part, dir: &Path, process: Option<Process>, allow_remote: bool) -> Result<Self, LoadError> {
        let door = AdminDoor::find(dir).map_err(|error| LoadError::Data(format!("{}: {error}", dir.display())))?;
        let strange = || LoadError::Data(format!("{}: it does not say where it listens", dir.display()));
        let address: SocketAddr = door.kept.listen.parse().map_err(|_| strange())?;
        let admin = door.kept.admin_url.as_str().strip_prefix("http://").and_then(|it| it.parse().ok());
        if !address.ip().is_loopback() && !allow_remote {
            return Err(LoadError::Remote(address.to_string()));
        }
        Ok(Self {
            part,
            dir: dir.to_owned(),
            origin: door.kept.url,
            address: reachable(address),
            admin: admin.ok_or_else(strange)?,
            token: door.token,
            process,
            before: Mutex::new(Usage::none(part)),
        })
    }

    pub(super) const fn name(&self) -> &'static str {
        self.part.word()
    }

    /// A new connection for requests.
    pub(super) const fn line(&self) -> Line {
        Line::to(self.address)
    }

    /// The command `audit` of its books.
    pub(super) fn audit(&self, program: &Program) -> Command {
        let mut command = program.command();
        command.args(["audit", "--json", "--data"]).arg(&self.dir).stdin(Stdio::null());
        if let Some(database) = self.process.as_ref().and_then(|process| process.start.database.as_ref()) {
            command.env(DATABASE, database);
        }
        command
    }

    pub(super) const fn can_be_killed(&self) -> bool {
        self.process.is_some()
    }

    /// Asks the admin API, again and again while nobody answers.
    pub(super) async fn admin(&self, path: &str, body: Option<&Value>) -> Result<Value, LoadError> {
        let setup = |why: String| LoadError::Setup { what: format!("{} {path}", self.name()), why };
        let mut line = Line::to(self.admin);
        let bearer = format!("Bearer {}", self.token.as_str());
        let body = body.map(Value::to_string);
        let begin = tokio::time::Instant::now();
        loop {
            let ask = body.clone().map_or_else(|| Ask::get(path), |body| Ask::post(path, body));
            match line.ask(ask.by(bearer.clone())).await {
                Some(reply) if reply.is_success() => {
                    return serde_json::from_slice(&reply.body).map_err(|error| setup(error.to_string()));
                }
                Some(reply) => {
                    return Err(setup(format!("{}: {}", reply.code(), String::from_utf8_lossy(&reply.body))));
                }
                None if begin.elapsed() > PATIENCE => return Err(setup("nobody answers".to_owned())),
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Kills the process without a word, and starts it again on the same data. Blocks.
    pub(super) fn kill(&self) -> Result<(), LoadError> {
        let Some(process) = &self.process else { return Ok(()) };
        let mut child = process.child.lock().unwrap_or_else(PoisonError::into_inner);
        let fail = |error: std::io::Error| LoadError::Start { dir: self.dir.clone(), why: error.to_string() };
        child.kill().map_err(fail)?;
        child.wait().map_err(fail)?;
        *child = process.start.spawn()?;
        Ok(())
    }

    /// What it used since the last call.
    async fn usage(&self) -> Usage {
        let now = self.total().await;
        let before = std::mem::replace(&mut *self.before.lock().unwrap_or_else(PoisonError::into_inner), now.clone());
        let since = |now: Option<u64>, before: Option<u64>| now.map(|now| now.saturating_sub(before.unwrap_or(0)));
        Usage {
            cpu_ms: since(now.cpu_ms, before.cpu_ms),
            commits: since(now.commits, before.commits),
            checkpoints: since(now.checkpoints, before.checkpoints),
            ..now
        }
    }

    async fn total(&self) -> Usage {
        let pid = self.process.as_ref().map(|it| it.child.lock().unwrap_or_else(PoisonError::into_inner).id());
        let store = self.admin(crate::party::figures::PATH, None).await.unwrap_or_default();
        Usage {
            server: self.part.word(),
            cpu_ms: pid.and_then(cpu_ms),
            peak_kib: pid.and_then(peak_kib),
            commits: store["commits"].as_u64(),
            checkpoints: store["checkpoints"].as_u64(),
        }
    }
}

impl Usage {
    const fn none(part: Part) -> Self {
        Self { server: part.word(), cpu_ms: None, peak_kib: None, commits: None, checkpoints: None }
    }
}

/// Who listens everywhere is asked here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let here: IpAddr = if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
    if address.ip().is_unspecified() { SocketAddr::new(here, address.port()) } else { address }
}

impl Start {
    /// Starts it and waits until it accepts requests. Blocks.
    fn spawn(&self) -> Result<Child, LoadError> {
        let fail = |why: String| LoadError::Start { dir: self.dir.clone(), why };
        let log_path = self.dir.with_extension("log");
        let log = File::options().create(true).append(true).open(&log_path).map_err(|error| fail(error.to_string()))?;
        let mut command = self.program.command();
        command.args(&self.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        if let Some(database) = &self.database {
            command.env(DATABASE, database);
        }
        let mut child = command.spawn().map_err(|error| fail(error.to_string()))?;
        let mut line = String::new();
        // Nothing to read means that it has ended, and its log says why.
        let _ = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        if line.contains("\"ready\":true") {
            return Ok(child);
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(fail(fs::read_to_string(&log_path).unwrap_or_default().trim().to_owned()))
    }
}

/// Processor time of a process, where the system tells it (Linux): clock ticks of a hundredth of a second.
fn cpu_ms(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; utime and stime are the 14th and 15th fields.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some((ticks(11)? + ticks(12)?) * 10)
}

fn peak_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
