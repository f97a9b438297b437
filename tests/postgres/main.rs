//! A bank on PostgreSQL, as its own process: how it is set up, and what is left when it, or the database server, is killed
//! while deposits come in. Run by `tests/postgres/run.sh`, which brings a database server.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hongbao::net::client::{Client, Reach, Request};
use hongbao::party::data_dir::AdminDoor;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);

/// A fresh database on the test's server.
fn database(base: &str) -> String {
    let name = format!("hongbao_{}", Uuid::now_v7().simple());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&socket(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await.unwrap();
    });
    base.replacen("/postgres", &format!("/{name}"), 1)
}

fn socket() -> String {
    std::env::var("HONGBAO_TEST_DATABASE").expect("tests/postgres/run.sh sets it")
}

struct Bank {
    home: TempDir,
    database: String,
    child: Option<Child>,
}

impl Bank {
    fn new(base: &str) -> Self {
        Self { home: TempDir::new().unwrap(), database: database(base), child: None }
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("bank")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao-server"));
        command.args(args).arg("--data").arg(self.dir()).arg("--json").stdin(Stdio::null());
        command.env_remove("HONGBAO_DATABASE").env_remove("PGPASSFILE");
        command
    }

    fn serve(&self) -> Command {
        self.command(&["serve", "--role", "bank", "--listen", "127.0.0.1:0"])
    }

    /// Starts it and waits until it accepts requests.
    fn start(&mut self) {
        let mut child =
            self.serve().env("HONGBAO_DATABASE", &self.database).stdout(Stdio::piped()).spawn().expect("the server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("\"ready\":true"), "{line}");
        self.child = Some(child);
    }

    /// As a power cut would.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn run(&self, args: &[&str]) -> Value {
        let output = self.command(args).env("HONGBAO_DATABASE", &self.database).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn open_account(&self) -> String {
        self.run(&["account", "open", "--holder", "Ming"])["account"].as_str().unwrap().to_owned()
    }

    fn audit(&self) {
        assert_eq!(self.run(&["audit"]), json!({"ok": true, "differences": []}));
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Stderr of a command that was refused.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
fn a_directory_keeps_its_kind_of_database_and_no_secret_of_it() {
    let tls = std::env::var("HONGBAO_TEST_DATABASE_TLS").expect("tests/postgres/run.sh sets it");
    let mut bank = Bank::new(&tls);
    bank.start();
    let account = bank.open_account();
    bank.audit();
    bank.kill();
    bank.audit();

    let without = refused(&bank.serve().output().unwrap());
    assert!(without.contains("\"other-database\"") && without.contains("HONGBAO_DATABASE"), "{without}");
    let audit = refused(&bank.command(&["audit"]).output().unwrap());
    assert!(audit.contains("\"other-database\""), "{audit}");
    let kept = std::fs::read_to_string(bank.dir().join("settings.json")).unwrap();
    assert!(
        kept.contains(r#""books":{"postgres":"#) && !kept.contains("hongbao@") && !kept.contains("passfile"),
        "{kept}"
    );
    assert!(!bank.dir().join("hongbao.sqlite3").exists());

    // The certificate is checked, and so is the password; none of it is told.
    let mut wrong_password = bank.database.replacen("hongbao@", "hongbao:s3cret@", 1);
    for (address, expected) in [
        (bank.database.replace("localhost", "127.0.0.1"), "certificate"),
        (bank.database.split_once("&sslrootcert").unwrap().0.to_owned(), "certificate"),
        (std::mem::take(&mut wrong_password), "refuses this user or password"),
        ("postgres://me:s3cret@db.example/books?sslmode=disable".to_owned(), "must be verify-full"),
        ("mysql://me:s3cret@db.example/books".to_owned(), "begin with postgres://"),
    ] {
        let told = refused(&bank.serve().args(["--database", &address]).output().unwrap());
        assert!(told.contains(expected) && !told.contains("s3cret"), "{expected}: {told}");
    }
    bank.start();
    assert_eq!(bank.run(&["account", "list"])[0]["account"], account.as_str());
}

#[test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
fn a_directory_with_a_file_does_not_become_another_database() {
    let bank = Bank::new(&socket());
    let mut child = bank.serve().stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let told = refused(&bank.serve().args(["--database", &bank.database]).output().unwrap());
    assert!(told.contains("\"other-database\"") && told.contains("in its own file"), "{told}");
}

#[test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
fn a_database_has_one_server_and_a_server_one_database() {
    let mut first = Bank::new(&socket());
    let first_database = first.database.clone();
    first.start();
    let another = || Bank { home: TempDir::new().unwrap(), database: first_database.clone(), child: None };
    let start = |bank: &Bank, url: &str| refused(&bank.serve().env("HONGBAO_DATABASE", url).output().unwrap());
    let told = start(&another(), &first_database);
    assert!(told.contains("another server is writing"), "{told}");
    first.kill();
    let told = start(&another(), &first_database);
    assert!(told.contains("belongs to another server"), "{told}");
    let told = start(&first, &database(&socket()));
    assert!(told.contains("there is no database here"), "{told}");
    first.start();
}

/// Pays in by request id again and again until told that it is done.
async fn pay_in(client: Client, dir: PathBuf, account: String, until: Instant, told: Arc<AtomicU64>) -> u64 {
    let mut done = 0;
    while Instant::now() < until {
        let body = json!({"request": Uuid::now_v7(), "amount": {"minor": 1, "currency": "CNY"}});
        let started = Instant::now();
        while !paid_in(&client, &dir, &account, &body).await {
            assert!(started.elapsed() < PATIENCE, "a deposit never came through");
            told.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        done += 1;
    }
    done
}

async fn paid_in(client: &Client, dir: &Path, account: &str, body: &Value) -> bool {
    let Ok(door) = AdminDoor::find(dir) else { return false };
    let path = hongbao::bank::admin::deposit_path(account);
    let request = Request::post(&door.kept.admin_url, &path, "application/json", serde_json::to_vec(body).unwrap())
        .header("authorization", format!("Bearer {}", door.token.as_str()))
        .timeout(Duration::from_secs(20));
    match client.send(request).await {
        Ok(answer) if answer.is_success() => true,
        // What the database could not do now is worth another try; anything else is a fault.
        Ok(answer) => {
            assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
            false
        }
        Err(_) => false,
    }
}

#[test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
fn what_was_answered_is_there_once_through_kills_of_both_servers() {
    const PAYERS: usize = 8;
    let mut bank = Bank::new(&socket());
    bank.start();
    let account = bank.open_account();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let until = Instant::now() + Duration::from_secs(6);
    let told = Arc::new(AtomicU64::new(0));
    let client = Client::new(Reach::Configured, "test").unwrap();
    let payers: Vec<_> = (0..PAYERS)
        .map(|_| runtime.spawn(pay_in(client.clone(), bank.dir(), account.clone(), until, told.clone())))
        .collect();
    let restart = std::env::var("HONGBAO_TEST_RESTART").expect("tests/postgres/run.sh sets it");
    for round in 0..4 {
        std::thread::park_timeout(Duration::from_millis(1200));
        if round % 2 == 0 {
            let done = Command::new("bash").args(["-c", &restart]).stdin(Stdio::null()).status().unwrap();
            assert!(done.success(), "{restart}");
        } else {
            bank.kill();
            bank.start();
        }
    }
    let paid: u64 = runtime.block_on(async {
        let mut paid = 0;
        for payer in payers {
            paid += payer.await.unwrap();
        }
        paid
    });
    assert!(paid > 100 && told.load(Ordering::Relaxed) > 0, "{paid} paid in, {told:?} told to try again");
    let balance = bank.run(&["account", "list"])[0]["balance"]["minor"].as_u64().unwrap();
    assert_eq!(balance, paid, "each deposit that was answered is there once, and no other");
    bank.audit();
}
