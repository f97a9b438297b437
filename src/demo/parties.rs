//! Enterprise and banks as child processes of this same program, driven by nothing but the released commands' JSON.
//!
//! A child ends with its pipe: also when this process is killed without a word, no child is left.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::campaign::Sample;
use super::{DemoError, at};
use crate::packet::Origin;

/// How often children are looked after.
const LOOK: Duration = Duration::from_millis(100);
/// What children get to end by themselves.
const GRACE: Duration = Duration::from_secs(6);
/// How account numbers of the two banks begin.
const PREFIXES: [&str; 2] = ["620011", "620022"];

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Makes the packets.
    Enterprise,
    /// Issues the vouchers.
    BankIssuing,
    /// Holds the collectors' accounts.
    BankCollecting,
}

impl Party {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Enterprise, Self::BankIssuing, Self::BankCollecting];

    /// Its word in reports, file names and folders.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::BankIssuing => "bank-issuing",
            Self::BankCollecting => "bank-collecting",
        }
    }

    /// The text's key for what it is.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Enterprise => "demo-enterprise",
            Self::BankIssuing => "demo-issuing-bank",
            Self::BankCollecting => "demo-collecting-bank",
        }
    }

    const fn name(self, sample: &Sample) -> &'static str {
        match self {
            Self::Enterprise => sample.company,
            Self::BankIssuing => sample.issuing,
            Self::BankCollecting => sample.collecting,
        }
    }

    fn config(self, name: &str) -> (&'static str, Value) {
        match self {
            Self::Enterprise => ("enterprise", json!({ "name": name })),
            Self::BankIssuing => ("bank", json!({ "name": name, "account_prefix": PREFIXES[0] })),
            Self::BankCollecting => ("bank", json!({ "name": name, "account_prefix": PREFIXES[1] })),
        }
    }
}

/// A child process that never outlives this.
struct Process(Mutex<Child>);

impl Process {
    fn with<T>(&self, act: impl FnOnce(&mut Child) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.with(|child| {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        });
    }
}

/// One of the three, running.
pub struct Server {
    /// Which.
    pub party: Party,
    /// Its name, for people.
    pub name: &'static str,
    /// Where it answers.
    pub origin: Origin,
    /// Its process.
    pub pid: u32,
    /// Its data directory.
    pub dir: PathBuf,
    program: PathBuf,
    process: Process,
}

impl Server {
    /// Starts it and waits until it accepts requests. Blocks.
    fn start(program: &Path, work: &Path, party: Party, sample: &Sample) -> Result<Self, DemoError> {
        let (name, dir) = (party.name(sample), work.join(party.as_str()));
        let (role, config) = party.config(name);
        let beside = |ending: &str| work.join(format!("{}.{ending}", party.as_str()));
        let (config_path, log_path) = (beside("config.json"), beside("log"));
        fs::write(&config_path, config.to_string()).map_err(at(&config_path))?;
        let log = File::create(&log_path).map_err(at(&log_path))?;
        let mut command = Command::new(program);
        // Each party keeps its books in its own folder, whatever this person's servers do.
        command.env_remove("HONGBAO_DATABASE");
        command.args(["server", "serve", "--role", role, "--listen", "127.0.0.1:0", "--until-stdin-closes", "--json"]);
        command.arg("--config").arg(&config_path).arg("--data").arg(&dir);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn();
        let process = Process(Mutex::new(child.map_err(at(program))?));
        let (pid, out) = process.with(|child| (child.id(), child.stdout.take()));
        let mut line = String::new();
        // Nothing to read means that it has ended, and its log says why.
        let _ = out.map(|out| BufReader::new(out).read_line(&mut line));
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let origin = ready["url"].as_str().and_then(|url| Origin::parse(url).ok()).ok_or_else(|| {
            let why = fs::read_to_string(&log_path).unwrap_or_default();
            DemoError::Start { name, why: why.trim().to_owned() }
        })?;
        Ok(Self { party, name, origin, pid, dir, program: program.to_owned(), process })
    }

    async fn output(&self, args: &[&str]) -> Result<Output, DemoError> {
        let mut command = Command::new(&self.program);
        command.arg("server").args(args).arg("--json").arg("--data").arg(&self.dir).stdin(Stdio::null());
        command.env_remove("HONGBAO_DATABASE");
        let ran = tokio::task::spawn_blocking(move || command.output()).await;
        ran.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(at(&self.program))
    }

    /// Runs one of its commands and gives the answer.
    ///
    /// # Errors
    /// [`DemoError::Refused`] with the command's own error.
    pub async fn run(&self, args: &[&str]) -> Result<Value, DemoError> {
        let output = self.output(args).await?;
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).map_err(|_| self.nonsense());
        }
        let error: Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
        let word = |member: &str| error["error"][member].as_str().unwrap_or("unknown").to_owned();
        Err(DemoError::Refused { name: self.name, code: word("type"), detail: word("detail") })
    }

    /// Its audit, whether it finds differences or not.
    ///
    /// # Errors
    /// [`DemoError::Answer`] when there is none.
    pub async fn audit(&self) -> Result<Value, DemoError> {
        let output = self.output(&["audit"]).await?;
        serde_json::from_slice(&output.stdout).map_err(|_| self.nonsense())
    }

    /// A text in an answer.
    ///
    /// # Errors
    /// [`DemoError::Answer`] when there is none.
    pub fn text<'a>(&self, answer: &'a Value, pointer: &str) -> Result<&'a str, DemoError> {
        answer.pointer(pointer).and_then(Value::as_str).ok_or_else(|| self.nonsense())
    }

    /// A number in an answer.
    ///
    /// # Errors
    /// [`DemoError::Answer`] when there is none.
    pub fn number(&self, answer: &Value, pointer: &str) -> Result<i64, DemoError> {
        answer.pointer(pointer).and_then(Value::as_i64).ok_or_else(|| self.nonsense())
    }

    /// The sum of a number over the rows of a list in an answer.
    ///
    /// # Errors
    /// [`DemoError::Answer`] when a row has none.
    pub fn sum(&self, answer: &Value, list: &str, pointer: &str) -> Result<i64, DemoError> {
        let rows = answer.pointer(list).and_then(Value::as_array).ok_or_else(|| self.nonsense())?;
        rows.iter()
            .try_fold(0_i64, |sum, row| sum.checked_add(self.number(row, pointer)?).ok_or_else(|| self.nonsense()))
    }

    fn nonsense(&self) -> DemoError {
        DemoError::Answer { name: self.name }
    }

    /// Whether its process still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.with(|child| matches!(child.try_wait(), Ok(None)))
    }
}

/// All three, running and knowing each other.
pub struct Parties {
    /// The company.
    pub enterprise: Server,
    /// Its bank.
    pub issuing: Server,
    /// The people's bank.
    pub collecting: Server,
}

impl Parties {
    /// Starts the three on free ports with their data in `work`, and makes the banks deal with each other.
    ///
    /// # Errors
    /// [`DemoError`]; then nothing is left running.
    pub async fn start(program: &Path, work: &Path, sample: &Sample) -> Result<Self, DemoError> {
        let start = |party| {
            let (program, work, sample) = (program.to_owned(), work.to_owned(), *sample);
            tokio::task::spawn_blocking(move || Server::start(&program, &work, party, &sample))
        };
        let [enterprise, issuing, collecting] = Party::ALL.map(start);
        let (enterprise, issuing, collecting) = tokio::join!(enterprise, issuing, collecting);
        let lost = |error: tokio::task::JoinError| at(program)(std::io::Error::other(error));
        let (enterprise, issuing) = (enterprise.map_err(lost)??, issuing.map_err(lost)??);
        let parties = Self { enterprise, issuing, collecting: collecting.map_err(lost)?? };
        let (issuing, collecting) = (&parties.issuing, &parties.collecting);
        issuing.run(&["member", "add", collecting.origin.as_str(), "--prefix", PREFIXES[1]]).await?;
        collecting.run(&["member", "add", issuing.origin.as_str(), "--prefix", PREFIXES[0]]).await?;
        Ok(parties)
    }

    /// The three.
    #[must_use]
    pub const fn all(&self) -> [&Server; 3] {
        [&self.enterprise, &self.issuing, &self.collecting]
    }

    /// The first that does not run any more.
    #[must_use]
    pub fn ended(&self) -> Option<DemoError> {
        let ended = self.all().into_iter().find(|server| !server.is_running())?;
        Some(DemoError::Ended { name: ended.name, pid: ended.pid })
    }

    /// Completes when one of them has ended, which none should.
    pub async fn one_ends(&self) -> DemoError {
        loop {
            if let Some(error) = self.ended() {
                return error;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Lets them end in order; whoever does not is killed.
    pub async fn stop(self) {
        for server in self.all() {
            server.process.with(|child| drop(child.stdin.take()));
        }
        let ended = async {
            while self.all().iter().any(|server| server.is_running()) {
                tokio::time::sleep(LOOK).await;
            }
        };
        // The time being over, what is left is killed as this is dropped.
        let _ = tokio::time::timeout(GRACE, ended).await;
    }
}
