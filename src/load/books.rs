//! Whether the books hold after a run: each server's `audit`, from raw rows, and both banks' books against each other.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::{LoadError, Server, Trio};

/// How long collections that are still under way are waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(200);

/// What was found in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Whether all of it agrees.
    pub ok: bool,
    /// What the issuing bank owes the collecting bank for what was collected, ever, in minor units.
    pub owed: i64,
    /// What the collecting bank is owed by its own books.
    pub claimed: i64,
    /// What differs, one line each.
    pub differences: Vec<String>,
}

impl Trio {
    /// Audits all three servers and compares the banks' books to the cent. Collections that are under way are waited for.
    ///
    /// # Errors
    /// [`LoadError`] when a server or its audit cannot be asked; differences are no error.
    pub async fn books(&self) -> Result<Books, LoadError> {
        let begin = Instant::now();
        let (owed, claimed) = loop {
            let owed = due(&self.issuing, "due_to", &self.collecting).await?;
            let claimed = due(&self.collecting, "due_from", &self.issuing).await?;
            if owed == claimed || begin.elapsed() > PATIENCE {
                break (owed, claimed);
            }
            tokio::time::sleep(PAUSE).await;
        };
        let mut differences = Vec::new();
        if owed != claimed {
            differences.push(format!("the issuing bank owes {owed}, the collecting bank is owed {claimed}"));
        }
        for server in self.all() {
            differences.extend(self.audit(server).await?);
        }
        Ok(Books { ok: differences.is_empty(), owed, claimed, differences })
    }

    /// The command `audit`, in a process of its own.
    async fn audit(&self, server: &Server) -> Result<Vec<String>, LoadError> {
        let fail = |why: String| LoadError::Setup { what: format!("the audit of {}", server.name()), why };
        let mut command = server.audit(&self.program);
        let ran = tokio::task::spawn_blocking(move || command.output()).await;
        let output = ran.map_err(|error| fail(error.to_string()))?.map_err(|error| fail(error.to_string()))?;
        let audit: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| fail(String::from_utf8_lossy(&output.stderr).into_owned()))?;
        let differences = audit["differences"].as_array().ok_or_else(|| fail(audit.to_string()))?;
        Ok(differences.iter().map(|it| format!("{}: {it}", server.name())).collect())
    }
}

/// What was ever due between two banks by one's books, settled or not.
async fn due(bank: &Server, side: &str, other: &Server) -> Result<i64, LoadError> {
    let books = bank.admin("/admin/books", None).await?;
    let dues = books[side].as_array().map(Vec::as_slice).unwrap_or_default();
    let due = dues.iter().find(|due| due["bank"] == other.origin.as_str());
    let minor = |due: &Value, what: &str| due[what]["minor"].as_i64().unwrap_or(0);
    Ok(due.map_or(0, |due| minor(due, "amount") + minor(due, "settled")))
}
