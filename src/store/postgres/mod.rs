//! PostgreSQL. One session writes, and holds a lock that says so: a database has one writing server. Queries have sessions
//! of their own.

mod address;
mod error;
mod password;
mod placeholders;
mod session;
#[cfg(test)]
mod tests;
mod tls;
mod types;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use self::address::Address;
pub(super) use self::session::Session;

use super::migrate::{self, Schema, Standing};
use super::tx::Tx;
use super::writer::{Backend, Done, Fate, Job};
use super::{StoreError, values};

/// How long to wait for another server's session to end, such as the one that this server left behind.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
/// "hongbao", as the first half of the lock's name; the second is the schema's.
const LOCK: i64 = 0x686f_6e67;

/// The one writer of a database.
pub(super) struct Writing {
    address: Address,
    schema: Schema,
    /// None after the connection was lost, until the next decision.
    session: Option<Session>,
}

impl Writing {
    /// Connects, becomes the one writer, and migrates. Must not be called where async code runs.
    pub(super) fn open(address: Address, schema: Schema) -> Result<Self, StoreError> {
        let mut session = Session::open(&address)?;
        lock(&mut session)?;
        if standing(&mut session, schema)? == Standing::Behind {
            migrate(&mut session, schema)?;
        }
        Ok(Self { address, schema, session: Some(session) })
    }

    /// The session, made anew if it was lost. Whatever happened meanwhile, the lock is taken before anything is written.
    fn session(&mut self) -> Result<&mut Session, StoreError> {
        if let Some(session) = self.session.take_if(|session| session.is_lost()) {
            session.close();
        }
        if self.session.is_none() {
            let mut session = Session::open(&self.address)?;
            lock(&mut session)?;
            if standing(&mut session, self.schema)? == Standing::Behind {
                return Err(StoreError::Foreign);
            }
            tracing::info!(database = %self.address, "connected to the database again");
            self.session = Some(session);
        }
        self.session.as_mut().ok_or(StoreError::Closed)
    }
}

impl Backend for Writing {
    fn decide_together(&mut self, group: &mut VecDeque<Box<dyn Job>>) -> Fate {
        let session = match self.session() {
            Ok(session) => session,
            Err(fault) => return (group.drain(..).map(Done::new).collect(), Err(fault)),
        };
        session.ahead("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
        let mut done = Vec::new();
        while let Some(job) = group.pop_front() {
            done.push(decide_apart(session, job));
            if session.is_lost() {
                // What was not committed is gone with the session.
                return (done, Err(StoreError::Unreachable("the connection to it was lost".into())));
            }
        }
        let committed = session.batch("COMMIT");
        // Nobody knows whether the server had committed before the connection ended.
        let committed = if session.is_lost() { Err(StoreError::Lost) } else { committed };
        if committed.is_err() && !session.is_lost() {
            session.ahead("ROLLBACK");
        }
        (done, committed)
    }

    fn finish(self: Box<Self>) {
        if let Some(session) = self.session {
            session.close();
        }
    }
}

/// Runs one decision in a savepoint.
fn decide_apart(session: &mut Session, job: Box<dyn Job>) -> Done {
    session.ahead("SAVEPOINT decision");
    let mut done = Done::new(job);
    let mut tx = Tx::on_postgres(session);
    let keep = done.run(&mut tx);
    session.ahead(if keep { "RELEASE SAVEPOINT decision" } else { "ROLLBACK TO SAVEPOINT decision" });
    if !keep {
        session.ahead("RELEASE SAVEPOINT decision");
    }
    done
}

/// What is needed to open one more session that only reads.
#[derive(Debug, Clone)]
pub(super) struct Source(Address);

impl Source {
    /// Sessions beside a writer's.
    pub(super) fn beside_writer(address: Address) -> Self {
        Self(address)
    }

    /// Sessions on a database that may or may not be in use; inspects it. Must not be called where async code runs.
    pub(super) fn alone(address: Address, schema: Schema) -> Result<Self, StoreError> {
        let mut session = Session::open(&address)?;
        let judged = is_empty(&mut session)
            .and_then(|empty| if empty { Err(StoreError::Missing) } else { standing(&mut session, schema) });
        session.close();
        match judged? {
            Standing::Current => Ok(Self(address)),
            Standing::Behind => Err(StoreError::Older),
        }
    }

    pub(super) fn open(&self) -> Result<Session, StoreError> {
        Session::open(&self.0)
    }
}

/// Begins a transaction of one moment that cannot write.
pub(super) fn begin_reading(session: &mut Session) -> Result<(), StoreError> {
    session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

/// Ends it.
pub(super) fn end_reading(session: &mut Session) -> Result<(), StoreError> {
    session.batch("ROLLBACK")
}

fn lock(session: &mut Session) -> Result<(), StoreError> {
    let begun = Instant::now();
    let sql = "SELECT pg_try_advisory_lock((?1 << 32) + hashtext(current_schema())) AS taken";
    loop {
        let taken = session.fetch(sql, &values![LOCK], 1)?.pop().map(|row| row.flag("taken"));
        match taken.transpose()? {
            Some(true) => return Ok(()),
            _ if begun.elapsed() > PATIENCE => return Err(StoreError::Taken),
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// Whether there is no table at all, extensions' apart.
fn is_empty(session: &mut Session) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) AS n FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT EXISTS \
               (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";
    let counted = session.fetch(sql, &[], 1)?.pop();
    Ok(counted.ok_or_else(|| StoreError::Shape("nothing was counted".into()))?.int("n")? == 0)
}

/// Compares what was applied with what this program knows, without writing.
fn standing(session: &mut Session, schema: Schema) -> Result<Standing, StoreError> {
    let there = "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?1";
    let there = session.fetch(there, &values!["refinery_schema_history"], 1)?;
    let has_history = there.first().map(|row| row.int("n")).transpose()? == Some(1);
    let mut applied = Vec::new();
    if has_history {
        let history = "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version";
        for row in session.fetch(history, &[], usize::MAX)? {
            let version = i32::try_from(row.int("version")?).unwrap_or(i32::MAX);
            applied.push((version, row.text("name")?.to_owned(), row.text("checksum")?.to_owned()));
        }
    } else if !is_empty(session)? {
        return Err(StoreError::Foreign);
    }
    migrate::judge(&applied, &schema.postgres_migrations()?)
}

fn migrate(session: &mut Session, schema: Schema) -> Result<(), StoreError> {
    let runner = refinery_core::Runner::new(&schema.postgres_migrations()?).set_grouped(true);
    let done = session.run(async |client| runner.run_async(client).await)?;
    done.map(drop).map_err(|fault| migrate::failed(&fault, |cause| cause.downcast_ref().map(error::outcome)))
}
