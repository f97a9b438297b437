//! `backup` and `restore`: a server's data directory as a folder that can be kept elsewhere, and back. A backup may be taken while the
//! server runs. What is put back is marked as such in its books before anything can be served of them.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::database::DatabaseArg;
use super::{Data, Failure, audit, unexpected};
use crate::api::discovery::Role;
use crate::clock::{Clock as _, SystemClock, rfc3339};
use crate::party::backup::{BackupError, Draft, Manifest};
use crate::party::data_dir::{self, DataDirError, Lasting};
use crate::random::SystemRandom;
use crate::store::{Database, Schema, StoreError, Tx};
use crate::{bank, enterprise};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The folder to make; nothing may be there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The folder that `backup` made.
    #[arg(value_name = "FOLDER")]
    backup: PathBuf,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    database: DatabaseArg,
}

impl Backup {
    /// Takes the backup, and says whether the books in it agree; they are kept even if not.
    pub(super) async fn run(&self) -> Result<audit::Audited, Failure> {
        let data = self.data.data.as_path();
        let lasting = data_dir::read_lasting(data).map_err(|e| unexpected(&e))?;
        let Lasting { role, url, books, .. } = lasting.ok_or(DataDirError::Empty).map_err(|e| unexpected(&e))?;
        let (schema, taken) = (schema_of(role), SystemClock.now());
        let database = self.database.choose(books, true, data_dir::database(data))?;
        let draft = Draft::beside(&self.out, false, &SystemRandom).map_err(|e| refused(&e))?;
        draft.take(data).map_err(|e| refused(&e))?;
        let copied = {
            let (to, database) = (draft.database(), database.clone());
            let copying = tokio::task::spawn_blocking(move || database.copy_to(&to, schema)).await;
            copying.map_err(|e| unexpected(&e))?.map_err(|e| unexpected(&e))?
        };
        let audit = if copied { Some(audited(&draft.database(), role).await?) } else { None };
        let manifest = draft.describe((role, url, books), schema.steps_taken(), taken).map_err(|e| refused(&e))?;
        let folder = draft.finish().map_err(|e| refused(&e))?;
        let mut answer = json!({
            "backup": folder,
            "role": role,
            "url": manifest.url,
            "taken": rfc3339(taken),
            "books": if copied { "copied" } else { "postgresql" },
            "bytes": manifest.files.iter().map(|file| file.bytes).sum::<u64>(),
            "ok": audit.as_ref().is_none_or(|audit| audit.ok),
        });
        if !copied {
            answer["next"] =
                "The books are in a PostgreSQL database: take pg_dump of it as well, and keep both together.".into();
        }
        if let Some(audit) = audit.filter(|audit| !audit.ok) {
            answer["differences"] = audit.answer["differences"].clone();
        }
        Ok(audit::Audited { ok: answer["ok"] == true, answer })
    }
}

impl Restore {
    pub(super) async fn run(&self) -> Result<Value, Failure> {
        let manifest = Manifest::read(&self.backup).map_err(|e| refused(&e))?;
        let draft = Draft::beside(&self.data.data, true, &SystemRandom).map_err(|e| refused(&e))?;
        manifest.copy_into(&self.backup, &draft).map_err(|e| refused(&e))?;
        // As the server would find it: what the manifest says of it is not believed.
        let lasting = data_dir::read_lasting(draft.folder()).map_err(|e| unexpected(&e))?;
        let lasting = lasting.ok_or(DataDirError::Empty).map_err(|e| unexpected(&e))?;
        if (lasting.role, &lasting.url, lasting.books) != (manifest.role, &manifest.url, manifest.books) {
            return Err(refused(&BackupError::Changed(self.backup.clone())));
        }
        let database = self.database.choose(lasting.books, true, draft.database())?;
        mark(&database, lasting.role, manifest.taken).await?;
        let folder = draft.finish().map_err(|e| refused(&e))?;
        let next = match lasting.role {
            Role::Bank => {
                "Start it with `serve`: it learns from members and applicants what it signed since; then look at `recovery status`."
            }
            Role::Enterprise => {
                "Start it with `serve`. Rewards of older campaigns wait for approval, and nothing more is issued of them; see `recovery`."
            }
        };
        Ok(json!({
            "restored": folder,
            "role": lasting.role,
            "url": lasting.url,
            "taken": rfc3339(manifest.taken),
            "next": next,
        }))
    }
}

const fn schema_of(role: Role) -> Schema {
    match role {
        Role::Bank => Schema::Bank,
        Role::Enterprise => Schema::Enterprise,
    }
}

async fn audited(books: &Path, role: Role) -> Result<audit::Audited, Failure> {
    audit::of(&Database::File(books.to_owned()), role).await
}

/// Notes in the books that they were put back.
async fn mark(database: &Database, role: Role, copied_at: i64) -> Result<(), Failure> {
    let (store, now) = (database.open(schema_of(role)).map_err(|e| unexpected(&e))?, SystemClock.now());
    let decision = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
        match role {
            Role::Bank => bank::mark_restored(tx, copied_at, now),
            Role::Enterprise => enterprise::mark_restored(tx, copied_at, now),
        }
    };
    let marked = store.decide(decision).await;
    store.close().await;
    marked.map_err(|e| unexpected(&e))
}

fn refused(error: &BackupError) -> Failure {
    let (code, next) = match error {
        BackupError::DataDir(error) => return unexpected(error),
        BackupError::There(_) => ("already-there", "Nothing is ever written over: choose another folder."),
        BackupError::None(_) => ("no-backup", "Name the folder that `hongbao-server backup` made."),
        BackupError::Manifest(_) | BackupError::Changed(_) => {
            ("damaged-backup", "Nothing was put back. Use another backup, or the program that made this one.")
        }
    };
    Failure::new(code, error.to_string(), next)
}
