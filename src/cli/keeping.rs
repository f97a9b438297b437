//! Commands that keep a wallet: its recovery phrase, a backup, and the way back.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use zeroize::Zeroizing;

use super::passphrase::FileOrTerminal;
use super::{Failure, Output, Text};
use crate::app::text::Language;
use crate::identity::backup;
use crate::identity::keystore::Asking;
use crate::identity::phrase::{MAX_BYTES, Phrase, WordList};
use crate::wallet::{BackedUp, Packed, Restored, Synced, Wallet, WalletError};

#[derive(Subcommand)]
pub(super) enum Backup {
    /// Print the 24 words from which this wallet's key can be made again. Whoever has them is you.
    Phrase {
        /// Whose words: en or zh-CN.
        #[arg(long, value_name = "LANG", default_value = "en")]
        words: Language,
    },
    /// Write everything in this wallet into one new file, sealed with a passphrase.
    Save {
        /// The new file, such as my.hongbao-backup
        file: PathBuf,
        #[command(flatten)]
        passphrase: BackupPassphrase,
    },
}

#[derive(Args)]
pub(super) struct Restore {
    /// The backup's file.
    #[arg(required_unless_present = "phrase")]
    file: Option<PathBuf>,
    /// From the recovery phrase instead, which is read from the terminal or from standard input.
    #[arg(long, conflicts_with = "file")]
    phrase: bool,
    #[command(flatten)]
    passphrase: BackupPassphrase,
}

#[derive(Args)]
pub(super) struct BackupPassphrase {
    /// The file whose first line is the backup's passphrase. Without it: that of HONGBAO_PASSPHRASE_FILE, or you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl BackupPassphrase {
    fn ask(self, asking: Asking) -> Result<Zeroizing<String>, Failure> {
        let source = self.passphrase_file.map_or_else(FileOrTerminal::from_environment, FileOrTerminal::of_file);
        Ok(source.ask_for_backup(asking).map_err(WalletError::from)?)
    }
}

/// What is printed of a phrase.
#[derive(Serialize)]
struct Words<'a> {
    client: crate::jose::ClientId,
    words: Vec<&'a str>,
}

/// What came back, and what the servers said then.
#[derive(Serialize)]
struct Back {
    #[serde(flatten)]
    restored: Restored,
    synced: Synced,
}

impl Backup {
    pub(super) async fn run(self, wallet: &Wallet, output: Output) -> Result<(), Failure> {
        match self {
            Self::Phrase { words } => {
                let list = match words {
                    Language::Chinese => WordList::Chinese,
                    Language::English => WordList::English,
                };
                let phrase: Phrase = wallet.recovery_phrase(list).await?;
                let client = wallet.client_id().await?.ok_or(WalletError::KeyMissing)?;
                output.show(&Words { client, words: phrase.words().collect() })
            }
            Self::Save { file, passphrase } => output.show(&wallet.back_up(&file, passphrase.ask(Asking::New)?).await?),
        }
    }
}

impl Restore {
    pub(super) async fn run(self, wallet: &Wallet, output: Output) -> Result<(), Failure> {
        let restored = match self.file {
            Some(file) => {
                let bytes = super::wallet::read(&file.to_string_lossy(), backup::MAX_FILE_BYTES)?;
                wallet.restore(bytes, self.passphrase.ask(Asking::Existing)?).await?
            }
            None => wallet.restore_phrase(&typed_phrase()?).await?,
        };
        let synced = wallet.sync().await?;
        output.show(&Back { restored, synced })
    }
}

/// The phrase as it is typed, or piped in: never an argument, which every program on the machine could read.
fn typed_phrase() -> Result<Zeroizing<String>, Failure> {
    let failed = |error: io::Error| Failure::from(WalletError::File("standard input".into(), error));
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES));
    let input = io::stdin().lock();
    if input.is_terminal() {
        let mut out = io::stderr().lock();
        write!(out, "The 24 words, on one line: ").and_then(|()| out.flush()).map_err(failed)?;
        input.take(MAX_BYTES as u64).read_line(&mut text).map_err(failed)?;
    } else {
        input.take(MAX_BYTES as u64).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}

impl Text for Words<'_> {
    fn text(&self) -> String {
        let rows = self.words.chunks(6).enumerate().map(|(row, words)| {
            let words = words.iter().enumerate();
            words
                .map(|(n, word)| format!("{:>2}. {word:<9}", row * 6 + n + 1))
                .collect::<String>()
                .trim_end()
                .to_owned()
        });
        let rows: Vec<String> = rows.collect();
        format!(
            "{}\nWrite these words on paper, in this order, and keep them where nobody else finds them.\n\
             They bring back the key. Packets that came as files come back only from: backup save FILE",
            rows.join("\n")
        )
    }
}

impl Text for BackedUp {
    fn text(&self) -> String {
        format!(
            "{} packets in {}\nKeep it on another disk; without its passphrase it cannot be opened.",
            self.packets,
            self.path.display()
        )
    }
}

impl Text for Packed {
    fn text(&self) -> String {
        format!("{} written into {}, {} were there", self.written, self.folder.display(), self.there)
    }
}

impl Text for Back {
    fn text(&self) -> String {
        let Self { restored, synced } = self;
        let mut lines = vec![format!("{}: {} packets are back", restored.client, restored.packets), synced.text()];
        if restored.packets == 0 {
            lines.push(
                "Add the issuers and banks that you knew (issuer add, bank add), link your accounts again \
                 (account link), and: sync"
                    .to_owned(),
            );
        }
        lines.join("\n")
    }
}
