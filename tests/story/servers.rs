//! What a server is, it stays: its address, its key, what its account numbers begin with.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::shapes::fits;
use crate::world::parsed;

fn serve(dir: &Path, listen: &str, config: Option<&Value>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao-server"));
    command.args(["serve", "--role", "bank", "--listen", listen, "--json", "--data"]).arg(dir).stdin(Stdio::null());
    if let Some(config) = config {
        let path = dir.with_extension("config.json");
        std::fs::write(&path, config.to_string()).unwrap();
        command.arg("--config").arg(path);
    }
    command
}

fn start(dir: &Path, config: Option<&Value>) -> (Child, Value) {
    let mut child = serve(dir, "127.0.0.1:0", config).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, fits("server-ready", line.as_bytes()))
}

fn stop(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn refused(dir: &Path, listen: &str, config: Option<&Value>) -> Value {
    let mut child = serve(dir, listen, config).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if !line.is_empty() {
        stop(child);
        panic!("never ready: {line}");
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    fits("error", &output.stderr)["error"].take()
}

fn account(dir: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hongbao-server"));
    command.arg("--data").arg(dir).args(["account", "open", "--holder", "Ming", "--json"]);
    parsed(&command.output().unwrap().stdout)["account"].as_str().unwrap().to_owned()
}

#[test]
fn a_server_stays_what_it_is() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("bank");
    let (child, first) = start(&dir, Some(&json!({"account_prefix": "620077"})));
    assert!(account(&dir).starts_with("620077"));
    let second_server = refused(&dir, "127.0.0.1:0", None);
    assert!(second_server["detail"].as_str().unwrap().contains("another server is running"));
    stop(child);

    let (child, again) = start(&dir, None);
    assert_eq!(again, first, "the same addresses");
    assert!(account(&dir).starts_with("620077"), "as it was set up");
    stop(child);

    assert_eq!(refused(&dir, "127.0.0.1:0", Some(&json!({"account_prefix": "620078"})))["type"], "bad-config");
    assert!(refused(&dir, "127.0.0.2:0", None)["detail"].as_str().unwrap().contains("has always been"));
    for file in ["signing.key", "settings.json"] {
        let aside = home.path().join(file);
        std::fs::rename(dir.join(file), &aside).unwrap();
        assert!(refused(&dir, "127.0.0.1:0", None)["detail"].as_str().unwrap().contains("is missing"), "{file}");
        std::fs::rename(&aside, dir.join(file)).unwrap();
    }
    let (child, last) = start(&dir, None);
    assert_eq!(last, first);
    stop(child);
}
