//! A world of real processes: an enterprise and two banks, each with its own directory, database and socket, and
//! wallets, driven by nothing but the commands of docs/cli.md.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres;
use crate::proxy::Proxy;
use crate::shapes::{definition, fits};

/// Longest that any of the tests waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// What servers log where a test does not say otherwise.
const USUAL_LOG: &str = "warn";

/// Waits until `check` gives something.
pub fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "this never happened: {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Prints a command's ends when it did not do what it should.
fn told(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// A server process behind a proxy that can lose answers.
pub struct Server {
    dir: PathBuf,
    role: &'static str,
    /// On PostgreSQL, if the tests are run on such a server; else its books are in its directory.
    database: Option<String>,
    /// What it logs, as `HONGBAO_LOG`.
    log: &'static str,
    child: Arc<Mutex<Option<Child>>>,
    pub proxy: Proxy,
    pub url: String,
}

impl Server {
    fn start(dir: &Path, role: &'static str, config: &Value, log: &'static str) -> Self {
        let proxy = Proxy::listen();
        let config_path = dir.join(format!("{role}.config.json"));
        std::fs::create_dir_all(dir).unwrap();
        std::fs::write(&config_path, config.to_string()).unwrap();
        let url = proxy.url();
        let database = std::env::var("HONGBAO_TEST_DATABASE").ok().map(|base| postgres::new_database(&base));
        let server = Self { dir: dir.to_owned(), role, database, log, child: Arc::default(), proxy, url };
        server.restart();
        server
    }

    /// Starts the process (again); it keeps its port.
    pub fn restart(&self) {
        self.kill();
        let log = std::fs::File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hongbao-server"))
            .args(["serve", "--role", self.role, "--listen", "127.0.0.1:0", "--public-url", &self.url, "--json"])
            .arg("--data")
            .arg(&self.dir)
            .arg("--config")
            .arg(self.dir.join(format!("{}.config.json", self.role)))
            .envs(self.database.iter().map(|url| ("HONGBAO_DATABASE", url)))
            .env("HONGBAO_LOG", self.log)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = fits("server-ready", line.as_bytes());
        assert_eq!(
            (&ready["ready"], &ready["role"], &ready["url"]),
            (&json!(true), &json!(self.role), &json!(self.url))
        );
        let kept = parsed(&std::fs::read(self.dir.join("server.json")).unwrap());
        assert_eq!(kept["admin_url"], ready["admin_url"], "server.json says the same");
        self.proxy.forward_to(kept["listen"].as_str().unwrap().parse().unwrap());
        *self.child.lock().unwrap() = Some(child);
    }

    /// Its data directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What it has written to standard error, beside its directory.
    pub fn log_file(&self) -> PathBuf {
        self.dir.with_extension("log")
    }

    /// Kills the process as a power cut would (SIGKILL).
    pub fn kill(&self) {
        self.killer()();
    }

    /// What kills the process, for a proxy's hook.
    pub fn killer(&self) -> impl FnOnce() + Send + use<> {
        let child = self.child.clone();
        move || {
            if let Some(mut child) = child.lock().unwrap().take() {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
    }

    /// A server command, ready to run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao-server"));
        command.args(args).arg("--data").arg(&self.dir).arg("--json").stdin(Stdio::null());
        command.envs(self.database.iter().map(|url| ("HONGBAO_DATABASE", url)));
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a server command that must succeed.
    pub fn run(&self, args: &[&str]) -> Value {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", told(&output));
        fits(&definition("server-", args), &output.stdout)
    }

    /// Runs a server command that must be refused with exit code 1, and gives its error.
    pub fn refused(&self, args: &[&str]) -> Value {
        let output = self.output(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", told(&output));
        fits("error", &output.stderr)["error"].take()
    }

    /// Whether its books are on a PostgreSQL server.
    pub fn is_on_postgres(&self) -> bool {
        self.database.is_some()
    }

    /// Takes a backup, whether it runs or not; of a database by its server's own tool.
    pub fn back_up(&self, out: &Path) -> Value {
        let taken = self.run(&["backup", "--out", out.to_str().unwrap()]);
        if let Some(url) = &self.database {
            postgres::dump(url, &out.with_extension("dump"));
        }
        taken
    }

    /// It dies, its directory and its database are lost, and a backup is put in their place; it does not run then.
    pub fn lose(&self, backup: &Path) {
        self.kill();
        if let Some(url) = &self.database {
            postgres::put_back(url, &backup.with_extension("dump"));
        }
        let lost = self.dir.with_extension(format!("lost-{}", uuid::Uuid::now_v7().simple()));
        std::fs::rename(&self.dir, &lost).unwrap();
        let restored = self.run(&["restore", backup.to_str().unwrap()]);
        assert_eq!((&restored["role"], &restored["url"]), (&json!(self.role), &json!(self.url)));
        let config = format!("{}.config.json", self.role);
        std::fs::copy(lost.join(&config), self.dir.join(&config)).unwrap();
    }

    /// How its recovery stands.
    pub fn recovery(&self) -> Value {
        self.run(&["recovery", "status"])
    }

    /// Waits until everything is decided as usual again.
    pub fn wait_until_recovered(&self) {
        eventually("it has recovered", || (self.recovery()["state"] == "recovered").then_some(()));
        assert_eq!(self.recovery()["differences"], json!([]));
    }

    /// The audit must find nothing.
    pub fn audit(&self) {
        let output = self.output(&["audit"]);
        assert!(output.status.success(), "audit of the {}: {}", self.role, told(&output));
        assert_eq!(fits("server-audit", &output.stdout), json!({"ok": true, "differences": []}));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            println!("{}: {}", self.log_file().display(), std::fs::read_to_string(self.log_file()).unwrap_or_default());
        }
    }
}

/// A wallet's directory and passphrase.
pub struct Wallet {
    pub dir: PathBuf,
}

impl Wallet {
    fn new(dir: PathBuf) -> Self {
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.with_extension("passphrase"), "correct horse\n").unwrap();
        Self { dir }
    }

    /// The command, ready to run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao"));
        command.args(args).arg("--wallet").arg(&self.dir).arg("--json").stdin(Stdio::null());
        command.env("HONGBAO_PASSPHRASE_FILE", self.dir.with_extension("passphrase"));
        command
    }

    pub fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed.
    pub fn run(&self, args: &[&str]) -> Value {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", told(&output));
        fits(&definition("", args), &output.stdout)
    }

    /// Runs a command that must be refused with exit code 1, and gives its error.
    pub fn refused(&self, args: &[&str]) -> Value {
        let output = self.output(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", told(&output));
        fits("error", &output.stderr)["error"].take()
    }

    /// The verdict on a file, with its exit code.
    pub fn inspect(&self, file: &Path) -> (Option<i32>, Value) {
        let output = self.output(&["inspect", file.to_str().unwrap()]);
        (output.status.code(), fits("inspect", &output.stdout))
    }

    pub fn id(&self) -> String {
        self.run(&["identity"])["client"].as_str().unwrap().to_owned()
    }

    pub fn card(&self) -> PathBuf {
        let path = self.dir.with_extension("hongbao-contact");
        if !path.exists() {
            self.run(&["identity", "--card", path.to_str().unwrap()]);
        }
        path
    }

    /// The state of packet `id` in `list`.
    pub fn state(&self, id: &str) -> Option<String> {
        let list = self.run(&["list"]);
        let row = list.as_array().unwrap().iter().find(|row| row["id"] == id)?;
        Some(row["state"].as_str().unwrap().to_owned())
    }

    /// Syncs until `count` rewards are there.
    pub fn wait_for_rewards(&self, count: usize) -> Vec<Value> {
        eventually("the rewards arrive", || {
            self.run(&["sync"]);
            let rewards = self.run(&["rewards"]).as_array().unwrap().clone();
            (rewards.len() >= count).then_some(rewards)
        })
    }

    /// Syncs until the collection of `id` has ended, and gives it.
    pub fn wait_for_collection(&self, id: &str, account: &str) -> Value {
        eventually("the collection ends", || {
            self.run(&["sync"]);
            let now = self.run(&["collect", id, "--account", account]);
            matches!(now["state"].as_str(), Some("paid" | "rejected")).then_some(now)
        })
    }
}

/// A campaign's terms; the rest is the same for all tests.
pub struct Terms {
    pub count: u32,
    pub shares: u32,
    /// `each` or `lucky`.
    pub mode: &'static str,
    pub when: &'static str,
    pub per_person: u32,
    pub expires: &'static str,
    pub revocable: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { count: 5, shares: 1, mode: "each", when: "opened", per_person: 10, expires: "30d", revocable: false }
    }
}

/// Everybody.
pub struct World {
    pub enterprise: Server,
    /// Issues the vouchers and holds the enterprise's account.
    pub issuing: Server,
    /// Holds the collectors' accounts.
    pub collecting: Server,
    /// The enterprise's account.
    pub account: String,
    dir: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with_grace(300)
    }

    /// A world whose enterprise is set up so.
    pub fn with_enterprise(config: &Value) -> Self {
        Self::set(300, config, USUAL_LOG)
    }

    /// A world whose servers log all that there is to log.
    pub fn with_whole_log() -> Self {
        Self::set(300, &json!({"name": "福来公司"}), "trace")
    }

    /// A world whose issuing bank takes orders until `grace` seconds after a packet's end.
    pub fn with_grace(grace: u32) -> Self {
        Self::set(grace, &json!({"name": "福来公司"}), USUAL_LOG)
    }

    fn set(grace: u32, enterprise: &Value, log: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let issuing_config = json!({"name": "临江银行", "account_prefix": "620000", "order_grace_seconds": grace});
        let enterprise = Server::start(&at("enterprise"), "enterprise", enterprise, log);
        let issuing = Server::start(&at("issuing"), "bank", &issuing_config, log);
        let collecting_config = json!({"name": "山前银行", "account_prefix": "620001"});
        let collecting = Server::start(&at("collecting"), "bank", &collecting_config, log);
        issuing.run(&["member", "add", &collecting.url, "--prefix", "620001"]);
        collecting.run(&["member", "add", &issuing.url, "--prefix", "620000"]);
        let opened = issuing.run(&[
            "account",
            "open",
            "--holder",
            "福来公司",
            "--applicant",
            &enterprise.url,
            "--deposit",
            "100000.00CNY",
        ]);
        let account = opened["account"].as_str().unwrap().to_owned();
        Self { enterprise, issuing, collecting, account, dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A wallet that knows the enterprise and both banks.
    pub fn wallet(&self, name: &str) -> Wallet {
        let wallet = self.bare_wallet(name);
        wallet.run(&["issuer", "add", &self.enterprise.url]);
        wallet.run(&["bank", "add", &self.issuing.url]);
        wallet.run(&["bank", "add", &self.collecting.url]);
        wallet
    }

    /// A wallet that knows nobody.
    pub fn bare_wallet(&self, name: &str) -> Wallet {
        Wallet::new(self.path(name))
    }

    /// An account at the collecting bank for a person, tied to the wallet.
    pub fn account_for(&self, wallet: &Wallet, identity: &str) -> String {
        self.account_at(&self.collecting, wallet, identity)
    }

    pub fn account_at(&self, bank: &Server, wallet: &Wallet, identity: &str) -> String {
        let opened = bank.run(&["account", "open", "--holder", identity, "--identity", identity]);
        let (account, code) = (opened["account"].as_str().unwrap(), opened["code"].as_str().unwrap());
        wallet.run(&["account", "link", account, "--code", code]);
        account.to_owned()
    }

    pub fn campaign(&self, terms: &Terms) -> String {
        let (count, shares) = (terms.count.to_string(), terms.shares.to_string());
        let per_person = terms.per_person.to_string();
        let mut words = vec![
            "campaign",
            "create",
            "--title",
            "福来公司",
            "--greeting",
            "新春纳福",
            "--count",
            &count,
            "--amount",
            "88.00CNY",
            "--mode",
            terms.mode,
            "--shares",
            &shares,
            "--reward",
            "1.00CNY",
            "--when",
            terms.when,
            "--per-person",
            &per_person,
            "--expires",
            terms.expires,
            "--bank",
            &self.issuing.url,
            "--account",
            &self.account,
        ];
        words.extend(terms.revocable.then_some("--revocable"));
        let created = self.enterprise.run(&words);
        created["id"].as_str().unwrap().to_owned()
    }

    /// Issues one packet to a wallet's inbox and has it received there.
    pub fn issue_to(&self, campaign: &str, wallet: &Wallet) -> String {
        let card = wallet.card();
        let issued = self.enterprise.run(&[
            "packet",
            "issue",
            "--campaign",
            campaign,
            "--count",
            "1",
            "--to",
            card.to_str().unwrap(),
        ]);
        let id = issued["packets"][0]["id"].as_str().unwrap().to_owned();
        eventually("the packet arrives", || {
            let received = wallet.run(&["sync"])["received"].clone();
            received.as_array().unwrap().iter().any(|got| *got == id.as_str()).then_some(())
        });
        id
    }

    /// Issues one packet for anybody, as a file.
    pub fn issue_file(&self, campaign: &str) -> (String, PathBuf) {
        let out = self.path("out");
        let issued = self.enterprise.run(&[
            "packet",
            "issue",
            "--campaign",
            campaign,
            "--count",
            "1",
            "--out",
            out.to_str().unwrap(),
        ]);
        let packet = &issued["packets"][0];
        (packet["id"].as_str().unwrap().to_owned(), packet["path"].as_str().unwrap().into())
    }

    /// Forwards a packet by file and has the friend import it.
    pub fn hand_over(&self, id: &str, from: &Wallet, to: &Wallet) -> PathBuf {
        let name =
            format!("{}-{}.hongbao", from.dir.file_name().unwrap().display(), to.dir.file_name().unwrap().display());
        let path = self.path(&name);
        from.run(&["forward", id, "--save", path.to_str().unwrap()]);
        assert_eq!(to.run(&["import", path.to_str().unwrap()])["id"], id);
        path
    }

    pub fn balance(&self, bank: &Server, account: &str) -> i64 {
        bank.run(&["account", "show", account])["balance"]["minor"].as_i64().unwrap()
    }

    /// All three books are in order, and the two banks' books mirror each other.
    pub fn audit(&self) {
        for server in [&self.enterprise, &self.issuing, &self.collecting] {
            server.audit();
        }
        let owes = self.issuing.run(&["books"])["due_to"].clone();
        let claims = self.collecting.run(&["books"])["due_from"].clone();
        let sum = |rows: &Value, bank: &str| -> i64 {
            let rows = rows.as_array().unwrap().iter().filter(|row| row["bank"] == bank);
            rows.map(|row| row["amount"]["minor"].as_i64().unwrap()).sum()
        };
        assert_eq!(sum(&owes, &self.collecting.url), sum(&claims, &self.issuing.url), "the banks' books mirror");
    }

    /// The row of packet `id` in the enterprise's statistics.
    pub fn stats(&self, id: &str) -> Value {
        let stats = self.enterprise.run(&["stats"]);
        let row = stats["packets"].as_array().unwrap().iter().find(|row| row["id"] == id).cloned();
        row.unwrap_or_else(|| panic!("{id} is not in {stats}"))
    }
}
