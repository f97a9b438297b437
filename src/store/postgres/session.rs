//! One connection to a PostgreSQL server, driven by whoever uses it: a runtime of its own, which runs only while a
//! statement is waited for, and the statements it has prepared.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls, Statement};
use tokio_stream::StreamExt as _;

use super::address::{Address, Tls};
use super::types::{Cell, Placeholder, type_of};
use super::{error, placeholders, tls};
use crate::store::{Row, StoreError, Value};

/// How many prepared statements are kept.
const STATEMENTS: usize = 512;
const OLDEST_SERVER: i64 = 140_000;
const GOODBYE: Duration = Duration::from_secs(1);

/// What durability and order rest on, whatever the server's or the user's defaults are; and a dead client's session, with
/// its lock, ends within half a minute.
const SETUP: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    SET lock_timeout = '5s'; SET client_min_messages = error;
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

pub(in crate::store) struct Session {
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    client: Client,
    link: JoinHandle<()>,
    statements: HashMap<String, Prepared>,
    /// Statements that end and begin transactions; they go to the server together with the next one that asks something,
    /// so that they cost no waiting of their own.
    ahead: String,
    lost: bool,
}

#[derive(Clone)]
struct Prepared {
    statement: Statement,
    columns: Arc<[String]>,
}

impl Session {
    /// Connects. Must not be called where async code runs.
    pub(in crate::store) fn open(address: &Address) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StoreError::Other(format!("no connection could be prepared: {e}")))?;
        let (client, link) = runtime.block_on(connect(address))?;
        let (statements, ahead) = (HashMap::new(), String::new());
        let mut session = Self { runtime: Some(runtime), client, link, statements, ahead, lost: false };
        session.batch(SETUP)?;
        session.inspect()?;
        Ok(session)
    }

    fn inspect(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT current_setting('server_version_num')::BIGINT AS version, \
                   current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync";
        let server = self.fetch(sql, &[], 1)?.pop().ok_or_else(|| StoreError::Shape("no settings".into()))?;
        if server.int("version")? < OLDEST_SERVER {
            return Err(StoreError::Other("this PostgreSQL server is too old: use version 14 or later".into()));
        }
        if server.text("encoding")? != "UTF8" {
            let told =
                "this database cannot hold every text: create it with `createdb --encoding UTF8 --template template0`";
            return Err(StoreError::Other(told.into()));
        }
        if server.text("fsync")? != "on" {
            tracing::warn!(
                "the database server runs with fsync off: what it answers can be lost with its power; turn it on"
            );
        }
        Ok(())
    }

    /// Statements that return nothing, sent as they are.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let whole = if self.ahead.is_empty() { sql.to_owned() } else { format!("{};{sql}", self.ahead) };
        self.ahead.clear();
        let client = &self.client;
        let done = wait(self.runtime.as_ref(), async { client.batch_execute(&whole).await })?;
        done.map_err(|fault| self.failed(&fault))
    }

    /// Has a statement sent in front of the next one.
    pub(in crate::store) fn ahead(&mut self, sql: &str) {
        if !self.ahead.is_empty() {
            self.ahead.push(';');
        }
        self.ahead.push_str(sql);
    }

    /// Whether the connection has ended, with the transaction that was open.
    pub(in crate::store) fn is_lost(&self) -> bool {
        self.lost || self.client.is_closed()
    }

    pub(super) fn run<T>(&mut self, work: impl AsyncFnOnce(&mut Client) -> T) -> Result<T, StoreError> {
        let client = &mut self.client;
        wait(self.runtime.as_ref(), work(client))
    }

    /// Runs a statement that returns no rows.
    pub(in crate::store) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let prepared = self.prepared(sql, values)?;
        if !prepared.columns.is_empty() {
            return Err(StoreError::Shape("this statement returns rows, so it can't be run by `execute`".into()));
        }
        self.query(&prepared, values, 0).map(|(_, changed)| changed)
    }

    /// Runs a statement and returns its first rows, at most so many.
    pub(in crate::store) fn fetch(&mut self, sql: &str, values: &[Value], most: usize) -> Result<Vec<Row>, StoreError> {
        let prepared = self.prepared(sql, values)?;
        self.query(&prepared, values, most).map(|(rows, _)| rows)
    }

    fn query(&mut self, prepared: &Prepared, values: &[Value], most: usize) -> Result<(Vec<Row>, u64), StoreError> {
        let ahead = std::mem::take(&mut self.ahead);
        let client = &self.client;
        let done = wait(self.runtime.as_ref(), async {
            let query = ask(client, prepared, values, most);
            if ahead.is_empty() {
                return query.await;
            }
            // In this order on the wire. If the first fails, the second is refused by the server.
            let (begun, answer) = tokio::join!(client.batch_execute(&ahead), query);
            begun.map_err(Fault::Driver).and(answer)
        })?;
        done.map_err(|fault| match fault {
            Fault::Driver(fault) => self.failed(&fault),
            Fault::Shape(fault) => fault,
        })
    }

    /// The statement as the server knows it, prepared when it is asked for the first time with values of these types.
    fn prepared(&mut self, sql: &str, values: &[Value]) -> Result<Prepared, StoreError> {
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        let types: Vec<Type> = values.iter().map(type_of).collect();
        let key = placeholders::key(sql, values);
        let entry = match self.statements.entry(key) {
            Entry::Occupied(kept) => return Ok(kept.get().clone()),
            Entry::Vacant(entry) => entry,
        };
        let (text, count) = placeholders::translate(sql);
        if count != values.len() {
            let told = format!("a statement with {count} placeholders was given {} values", values.len());
            return Err(StoreError::Other(format!("{told}; please report this")));
        }
        let ahead = std::mem::take(&mut self.ahead);
        let client = &self.client;
        let done = wait(self.runtime.as_ref(), async {
            let prepare = client.prepare_typed(&text, &types);
            if ahead.is_empty() {
                return prepare.await;
            }
            let (begun, statement) = tokio::join!(client.batch_execute(&ahead), prepare);
            begun.and(statement)
        })?;
        match done {
            Ok(statement) => {
                let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
                Ok(entry.insert(Prepared { statement, columns }).clone())
            }
            Err(fault) => Err(self.failed(&fault)),
        }
    }

    fn failed(&mut self, fault: &tokio_postgres::Error) -> StoreError {
        self.lost |= error::ends_connection(fault) || self.client.is_closed();
        if self.lost {
            return StoreError::Unreachable("the connection to it was lost".into());
        }
        error::outcome(fault)
    }

    /// Takes leave of the server, so that it ends the session (and what that holds) before this returns. Must not be
    /// called where async code runs.
    pub(in crate::store) fn close(mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        let Self { link, .. } = &mut self;
        let link = std::mem::replace(link, runtime.spawn(async {}));
        drop(self);
        let _ = runtime.block_on(async { tokio::time::timeout(GOODBYE, link).await });
        runtime.shutdown_background();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Also where async code runs, which must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn connect(address: &Address) -> Result<(Client, JoinHandle<()>), StoreError> {
    let refused = |fault| error::refused(&fault);
    match &address.tls {
        Tls::No => {
            let (client, connection) = address.config.connect(NoTls).await.map_err(refused)?;
            Ok((client, tokio::spawn(serve(connection))))
        }
        Tls::Verified { authorities } => {
            let connector = tls::connector(authorities.as_deref())?;
            let (client, connection) = address.config.connect(connector).await.map_err(refused)?;
            Ok((client, tokio::spawn(serve(connection))))
        }
    }
}

/// Carries messages until the connection ends; what ended it is told to whoever asks next.
async fn serve(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(fault) = connection.await {
        tracing::warn!(reason = %error::outcome(&fault), "the connection to the database server ended");
    }
}

enum Fault {
    Driver(tokio_postgres::Error),
    Shape(StoreError),
}

async fn ask(client: &Client, prepared: &Prepared, values: &[Value], most: usize) -> Result<(Vec<Row>, u64), Fault> {
    let rows = client.query_raw(&prepared.statement, values.iter().map(Placeholder)).await.map_err(Fault::Driver)?;
    let mut rows = std::pin::pin!(rows);
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row.map_err(Fault::Driver)?;
        if found.len() < most {
            found.push(read(&row, prepared).map_err(Fault::Shape)?);
        }
    }
    Ok((found, rows.rows_affected().unwrap_or(0)))
}

fn read(row: &tokio_postgres::Row, prepared: &Prepared) -> Result<Row, StoreError> {
    let value = |(index, column): (usize, &String)| {
        let cell = row.try_get(index).unwrap_or(Cell(None));
        cell.0.ok_or_else(|| StoreError::Shape(format!("column {column} is neither an integer nor a text")))
    };
    let values: Result<Vec<Value>, StoreError> = prepared.columns.iter().enumerate().map(value).collect();
    Ok(Row::new(prepared.columns.clone(), values?))
}

fn wait<T>(runtime: Option<&Runtime>, work: impl Future<Output = T>) -> Result<T, StoreError> {
    runtime.map(|runtime| runtime.block_on(work)).ok_or(StoreError::Closed)
}
