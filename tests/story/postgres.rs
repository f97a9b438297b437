//! Databases on a PostgreSQL server, where the story is told with one: made, copied and put back by that server's own tools, as
//! docs/cli.md says.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A fresh database on the server at `base`.
pub fn new_database(base: &str) -> String {
    let name = format!("hongbao_{}", uuid::Uuid::now_v7().simple());
    run(base, &[format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")]);
    base.replace("/postgres", &format!("/{name}"))
}

/// Copies a database in use.
pub fn dump(url: &str, to: &Path) {
    tool("pg_dump", &["--format=custom", "--file", to.to_str().unwrap(), url]);
}

/// Loses a database, and puts a copy in its place.
pub fn put_back(url: &str, from: &Path) {
    let (server, name) = url.rsplit_once('/').unwrap();
    run(
        &format!("{server}/postgres"),
        &[
            format!("DROP DATABASE {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        ],
    );
    tool("pg_restore", &["--exit-on-error", "--dbname", url, from.to_str().unwrap()]);
}

fn run(server: &str, statements: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        for sql in statements {
            client.batch_execute(sql).await.unwrap();
        }
    });
}

/// A tool of the newest version that is installed, or else of the path.
fn tool(name: &str, args: &[&str]) {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.max_by_key(|it| it.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
    let installed = newest.map(|it| it.path().join("bin").join(name)).filter(|tool| tool.exists());
    let output = Command::new(installed.unwrap_or_else(|| PathBuf::from(name))).args(args).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}
