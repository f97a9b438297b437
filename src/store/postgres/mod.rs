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
        if address.owner.is_some_and(|owner| owner.used) && is_empty(&mut session)? {
            return Err(StoreError::Missing);
        }
        let is_owned = check_owner(&mut session, &address)?;
        if standing(&mut session, schema)? == Standing::Behind {
            migrate(&mut session, schema)?;
        }
        if !is_owned {
            take(&mut session, &address)?;
        }
        Ok(Self { address, schema, session: Some(session) })
    }

    /// A session in a transaction. It is made anew if it was lost; whatever happened meanwhile, the lock is taken before
    /// anything is written.
    fn begun(&mut self) -> Result<&mut Session, StoreError> {
        let mut kept = self.session.take();
        loop {
            let was_kept = kept.is_some();
            let mut session = kept.take().map_or_else(|| self.connect_again(), Ok)?;
            // Waited for, unlike all that follows: without a transaction a statement would be kept at once and alone.
            match session.batch("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") {
                Ok(()) => return Ok(self.session.insert(session)),
                Err(fault) if !was_kept => return Err(fault),
                Err(_) => session.close(),
            }
        }
    }

    fn connect_again(&self) -> Result<Session, StoreError> {
        let mut session = Session::open(&self.address)?;
        lock(&mut session)?;
        if standing(&mut session, self.schema)? == Standing::Behind || !check_owner(&mut session, &self.address)? {
            return Err(StoreError::Foreign);
        }
        tracing::info!(database = %self.address, "connected to the database again");
        Ok(session)
    }
}

impl Backend for Writing {
    fn decide_together(&mut self, group: &mut VecDeque<Box<dyn Job>>) -> Fate {
        let session = match self.begun() {
            Ok(session) => session,
            Err(fault) => return (group.drain(..).map(Done::new).collect(), Err(fault)),
        };
        let mut done = Vec::new();
        while let Some(job) = group.pop_front() {
            done.push(decide_apart(session, job));
            if session.is_lost() {
                // What was not committed is gone with the session.
                return (done, Err(StoreError::Unreachable("the connection to it was lost".into())));
            }
        }
        let committed = session.batch("COMMIT").map_err(|fault| {
            // Nobody knows whether the server had committed before the connection ended.
            if session.is_lost() { StoreError::Lost } else { fault }
        });
        if committed.is_err() {
            // In case the transaction is still open. If this fails too, the next group connects again.
            let _ = session.batch("ROLLBACK");
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
        let judged = judge(&mut session, &address, schema);
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

#[allow(
    clippy::disallowed_methods,
    reason = "no event tells when another server's session ends; this thread has nothing else to do"
)]
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

/// How far a database has come that is only read.
fn judge(session: &mut Session, address: &Address, schema: Schema) -> Result<Standing, StoreError> {
    if is_empty(session)? {
        return Err(StoreError::Missing);
    }
    check_owner(session, address)?;
    standing(session, schema)
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

/// Whether the database bears its owner's id already; fails if it bears another's.
fn check_owner(session: &mut Session, address: &Address) -> Result<bool, StoreError> {
    let Some(owner) = address.owner else { return Ok(true) };
    let sql = "SELECT obj_description(to_regclass('refinery_schema_history'), 'pg_class') AS owner";
    let row = session.fetch(sql, &[], 1)?.pop();
    match row.as_ref().map(|row| row.opt_text("owner")).transpose()?.flatten() {
        None => Ok(false),
        Some(found) if found == owner.id.to_string() => Ok(true),
        Some(_) => Err(StoreError::Foreign),
    }
}

/// The id is kept as a comment, which goes along into every dump.
fn take(session: &mut Session, address: &Address) -> Result<(), StoreError> {
    let owner = address.owner.map(|owner| format!("COMMENT ON TABLE refinery_schema_history IS '{}'", owner.id));
    owner.map_or(Ok(()), |comment| session.batch(&comment))
}

fn migrate(session: &mut Session, schema: Schema) -> Result<(), StoreError> {
    let runner = refinery_core::Runner::new(&schema.postgres_migrations()?).set_grouped(true);
    let done = session.run(async |client| runner.run_async(client).await)?;
    done.map(drop).map_err(|fault| migrate::failed(&fault, |cause| cause.downcast_ref().map(error::outcome)))
}
