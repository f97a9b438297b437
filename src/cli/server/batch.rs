//! `packet batch`: many packets from one command. The list is checked whole before anything is issued; what was begun is
//! known by a file beside the answer, so the same command again goes on wherever it or the server was stopped.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::enterprise::{cannot_write, packet_file, save, segment};
use super::recipients::{self, Input};
use super::{Data, Failure, Output, admin, read_file, request_id, shaped, unexpected};
use crate::enterprise::admin::batch::{self as shapes, BatchRows, BatchView, CreateBatch, LoadRows, PAGE_ROWS};
use crate::jose::Digest;
use crate::packet::text::cell;

/// Between two looks at how far the server is.
const LOOK: Duration = Duration::from_millis(500);
/// Most bytes of contact cards and notes in one page.
const PAGE_BYTES: usize = 512 * 1024;
/// The first line of the answer.
const HEAD: [&str; 8] = ["row", "name", "serial", "packet", "link", "to", "state", "reason"];

#[derive(Debug, Args)]
pub(in crate::cli::server) struct Batch {
    /// The campaign's id.
    #[arg(long, value_name = "ID")]
    campaign: String,
    /// How many packets, up to 100000, each with a link.
    #[arg(long, conflicts_with = "csv", required_unless_present = "csv", value_name = "N")]
    count: Option<u32>,
    /// A list of recipients: CSV with the columns `name`, and as needed `note` and `card`.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Every recipient must have a contact card.
    #[arg(long)]
    addressed: bool,
    /// The answer, a new CSV file: row, name, serial, packet, link, to, state, reason.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the packet files into this directory, too.
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

/// What was begun: kept beside the answer before the server hears of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    request: Uuid,
    campaign: String,
    input: Digest,
}

impl Batch {
    pub(in crate::cli::server) async fn run(self, output: Output) -> Result<Value, Failure> {
        let input = recipients::read(self.csv.as_deref(), self.count, self.addressed)?;
        let begun = self.begin(&input)?;
        let request = CreateBatch {
            request: begun.request,
            campaign: self.campaign.clone(),
            size: input.size,
            listed: input.listed.is_some(),
            addressed: self.addressed,
        };
        let data = &self.data.data;
        let mut view: BatchView = shaped(admin::post(data, shapes::BATCHES, &request).await?)?;
        if let Some(listed) = input.listed {
            view = load(data, view, listed, output).await?;
        }
        view = wait(data, view, output).await?;
        self.answer(&view).await
    }

    /// The request of an earlier run with the same answer file, or a new one.
    fn begin(&self, input: &Input) -> Result<Begun, Failure> {
        let mut name = self.out.clone().into_os_string();
        name.push(".batch");
        let path = PathBuf::from(name);
        if !path.exists() {
            if self.out.exists() {
                return Err(exists(&self.out));
            }
            let begun = Begun { request: request_id(), campaign: self.campaign.clone(), input: input.digest };
            let text = serde_json::to_vec(&begun).map_err(|e| unexpected(&e))?;
            write_whole(&path, |file| file.write_all(&text))?;
            return Ok(begun);
        }
        let begun: Begun = serde_json::from_slice(&read_file(&path, 4096)?).map_err(|e| unexpected(&e))?;
        if begun.campaign == self.campaign && begun.input == input.digest {
            return Ok(begun);
        }
        let detail = format!("{} belongs to another batch: another campaign, count or list", self.out.display());
        Err(Failure::new("request-reused", detail, "Repeat the command as it was, or name another file with --out."))
    }

    /// Writes the answer, all of it or nothing, and the packet files.
    async fn answer(self, view: &BatchView) -> Result<Value, Failure> {
        let (data, id) = (&self.data.data, view.id.to_string());
        let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let failed = |error: csv::Error| unexpected(&error);
        table.write_record(HEAD).map_err(failed)?;
        if let Some(save) = &self.save {
            fs::create_dir_all(save).map_err(|error| cannot_write(save, &error))?;
        }
        let mut after = 0;
        loop {
            let path = format!("{}?after={after}", shapes::BATCH_ROWS.replace("{id}", &id));
            let page: BatchRows = shaped(admin::get(data, &path).await?)?;
            for row in &page.rows {
                after = row.row;
                table.write_record(record(row)).map_err(failed)?;
                self.save_file(row).await?;
            }
            if !page.more {
                break;
            }
        }
        let table = table.into_inner().map_err(|error| unexpected(&error))?;
        write_whole(&self.out, |file| {
            file.write_all("\u{feff}".as_bytes())?;
            file.write_all(&table)
        })?;
        let mut answer = serde_json::to_value(view).map_err(|e| unexpected(&e))?;
        answer["path"] = Value::String(self.out.to_string_lossy().into_owned());
        if view.issued == view.size {
            return Ok(answer);
        }
        let why = view.reason.as_deref().unwrap_or("the bank has not signed for all yet");
        let detail = format!("{} of {} packets are issued: {why}", view.issued, view.size);
        let next = "Put that right (see `retry`, `campaign resume`), then repeat the command: it goes on, and nothing is done \
                    twice. The answer file shows how each row stands.";
        Err(Failure::new("batch-unfinished", detail, next))
    }

    async fn save_file(&self, row: &shapes::BatchRow) -> Result<(), Failure> {
        let (Some(dir), Some(packet), Some(serial)) = (&self.save, row.packet, row.serial) else { return Ok(()) };
        if row.state != "issued" {
            return Ok(());
        }
        let id = packet.to_string();
        let file = packet_file(&self.data.data, segment(&id)?).await?;
        save(&dir.join(format!("hongbao-{serial:06}.hongbao")), &file)
    }
}

fn record(row: &shapes::BatchRow) -> [String; 8] {
    let text = |text: Option<String>| text.map(|text| cell(&text)).unwrap_or_default();
    [
        row.row.to_string(),
        text(row.name.clone()),
        row.serial.map(|serial| serial.to_string()).unwrap_or_default(),
        text(row.packet.map(|id| id.to_string())),
        text(row.link.clone()),
        text(row.to.map(|to| to.to_string())),
        cell(&row.state),
        text(row.reason.clone()),
    ]
}

/// Sends what the server has not of the list yet.
async fn load(
    data: &Path,
    mut view: BatchView,
    listed: recipients::Rows,
    output: Output,
) -> Result<BatchView, Failure> {
    let path = shapes::BATCH_ROWS.replace("{id}", &view.id.to_string());
    let mut waiting: VecDeque<_> = listed.into_iter().skip(view.loaded as usize).collect();
    while !waiting.is_empty() {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < PAGE_ROWS
            && bytes < PAGE_BYTES
            && let Some(row) = waiting.pop_front()
        {
            bytes += row.bytes;
            rows.push(row.recipient()?);
        }
        view = shaped(admin::post(data, &path, &LoadRows { first: view.loaded + 1, rows }).await?)?;
        told(&view, output);
    }
    Ok(view)
}

/// Waits until all packets are issued, or nothing goes on by itself any more.
async fn wait(data: &Path, mut view: BatchView, output: Output) -> Result<BatchView, Failure> {
    let path = shapes::BATCH.replace("{id}", &view.id.to_string());
    loop {
        let goes_on = view.state == "running" || (view.state == "done" && view.issued < view.size);
        let is_paused = view.reason.as_deref() == Some("its campaign is paused");
        if !goes_on || view.held > 0 || is_paused {
            return Ok(view);
        }
        tokio::time::sleep(LOOK).await;
        let now: BatchView = shaped(admin::get(data, &path).await?)?;
        if now != view {
            told(&now, output);
        }
        view = now;
    }
}

/// How far it is, on standard error.
fn told(view: &BatchView, output: Output) {
    let BatchView { id, size, loaded, signed, issued, held, .. } = view;
    let line = if output.json {
        let all = json!({ "event": "progress", "batch": id, "size": size, "loaded": loaded, "signed": signed,
                          "issued": issued, "held": held });
        all.to_string()
    } else {
        format!("{issued} of {size} packets issued ({signed} signed, {held} refused by the bank)")
    };
    // Where nobody reads it, nothing is lost.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn exists(path: &Path) -> Failure {
    let detail = format!("{} is there already, and no batch of this command made it", path.display());
    Failure::new("exists", detail, "Name a new file with --out.")
}

/// Writes a file beside its place and moves it there, so that it is there whole or as it was before.
fn write_whole(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> Result<(), Failure> {
    let mut name = path.to_owned().into_os_string();
    name.push(".new");
    let beside = PathBuf::from(name);
    let written = fs::File::create(&beside).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(|error| {
        let next = "Make room or name another file with --out, then repeat the command: nothing is issued twice.";
        Failure::new("cannot-write", format!("{}: {error}", path.display()), next)
    })
}
