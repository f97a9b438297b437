//! Everybody in their places before the story begins: parties, two people with wallets and accounts, and the campaign.
//! The wallets are made for the demo: never the person's own, and their keys in no keyring.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::campaign::{self, Sample, pictures};
use super::parties::Parties;
use super::{DemoError, Options, WalletError, at};
use crate::api::account::AccountNumber;
use crate::app::{Fault, Session, Settings};
use crate::clock::SystemClock;
use crate::identity::keystore::{AskPassphrase, Asking, FileKeys, KeystoreError};
use crate::jose::{ClientId, Digest};
use crate::net::client::{Client, Reach};
use crate::random::{Random, SystemRandom};
use crate::wallet::{Surroundings, Wallet};

/// Which of the two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The first client.
    First,
    /// The friend.
    Friend,
}

impl Who {
    /// The word in reports and folders.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Friend => "friend",
        }
    }
}

/// One of the two people.
pub struct Person {
    /// Which.
    pub who: Who,
    /// The name.
    pub name: &'static str,
    /// The wallet.
    pub wallet: Arc<Wallet>,
    /// The wallet's id.
    pub client: ClientId,
    /// The account at the collecting bank.
    pub account: AccountNumber,
    card: PathBuf,
    dir: PathBuf,
    passphrase: Passphrase,
}

impl Person {
    /// What went wrong with this person's wallet.
    pub(super) fn error(&self, error: WalletError) -> DemoError {
        DemoError::Wallet { name: self.name, error: Box::new(error) }
    }

    async fn arrive(who: Who, name: &'static str, parties: &Parties, work: &Path) -> Result<Self, DemoError> {
        let opened = parties.collecting.run(&["account", "open", "--holder", name, "--identity", who.as_str()]).await?;
        let (number, code) =
            (parties.collecting.text(&opened, "/account")?, parties.collecting.text(&opened, "/code")?);
        let account = number.parse().map_err(|_| DemoError::Answer { name: parties.collecting.name })?;
        let (card, dir) = (work.join(format!("{}.hongbao-contact", who.as_str())), work.join(who.as_str()));
        let passphrase = Passphrase::fresh();
        let made = async {
            let wallet = Wallet::open(&dir, surroundings(&dir, &passphrase)?).await?;
            wallet.add_issuer(&parties.enterprise.origin).await?;
            wallet.add_bank(&parties.issuing.origin).await?;
            wallet.add_bank(&parties.collecting.origin).await?;
            wallet.link_account(&account, code).await?;
            let client = wallet.own_card(Some(&card), Some(name)).await?.client;
            // Who has once asked for an inbox has one.
            wallet.sync().await?;
            Ok((wallet, client))
        };
        let (wallet, client) =
            made.await.map_err(|error: WalletError| DemoError::Wallet { name, error: Box::new(error) })?;
        Ok(Self { who, name, wallet: Arc::new(wallet), client, account, card, dir, passphrase })
    }

    /// The same wallet for a window, which begins with these choices.
    ///
    /// # Errors
    /// [`DemoError::File`] when they cannot be kept.
    pub fn session(&self, settings: &Settings) -> Result<Session, DemoError> {
        settings.save(&self.dir).map_err(at(&self.dir))?;
        let (dir, passphrase) = (self.dir.clone(), self.passphrase.clone());
        let opener = move |_: Arc<dyn AskPassphrase>| {
            let around = surroundings(&dir, &passphrase).map_err(|error| Fault::from(&error))?;
            Ok((dir, around))
        };
        Ok(Session { dir: self.dir.clone(), opener: Box::new(opener), take: Vec::new(), greets: false })
    }
}

/// A passphrase that nobody knows: these wallets end with the demo.
#[derive(Clone)]
pub(super) struct Passphrase(Arc<Zeroizing<String>>);

impl Passphrase {
    pub(super) fn fresh() -> Self {
        Self(Arc::new(Zeroizing::new(SystemRandom.token())))
    }
}

impl AskPassphrase for Passphrase {
    fn ask(&self, _: Asking) -> Result<Zeroizing<String>, KeystoreError> {
        Ok(Zeroizing::clone(&self.0))
    }
}

pub(super) fn surroundings(dir: &Path, passphrase: &Passphrase) -> Result<Surroundings, WalletError> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let keys = Arc::new(FileKeys::new(dir, Arc::new(passphrase.clone()), Arc::clone(&random)));
    let reach = Reach::Public { loopback: BTreeSet::new() };
    let client = Client::new(reach, concat!("hongbao/", env!("CARGO_PKG_VERSION")))
        .map_err(|error| WalletError::Message(error.to_string()))?;
    Ok(Surroundings { keys, clock: Arc::new(SystemClock), random, client })
}

/// Where the demo keeps its data.
enum Folder {
    /// In a folder that the person named.
    Kept(PathBuf),
    /// In one that goes with the demo.
    Temporary(TempDir),
}

impl Folder {
    fn make(out: Option<&Path>) -> Result<Self, DemoError> {
        let Some(out) = out else {
            let made = tempfile::Builder::new().prefix("hongbao-demo-").tempdir();
            return made.map(Self::Temporary).map_err(at(&std::env::temp_dir()));
        };
        let work = out.join("work");
        std::fs::create_dir_all(out).map_err(at(out))?;
        if std::fs::read_dir(out).map_err(at(out))?.next().is_some() {
            return Err(DemoError::NotEmpty(out.to_owned()));
        }
        std::fs::create_dir(&work).map_err(at(&work))?;
        Ok(Self::Kept(work))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(dir) => dir.path(),
        }
    }
}

/// Everybody, ready to begin.
pub struct Stage {
    /// Enterprise and banks.
    pub parties: Parties,
    /// Names and texts.
    pub sample: Sample,
    /// The company's account at the issuing bank.
    pub account: String,
    /// The campaign's id.
    pub campaign: String,
    /// The first client.
    pub first: Person,
    /// The friend.
    pub friend: Person,
    // Last, so that its files are closed when it is removed.
    folder: Folder,
}

impl Stage {
    /// Starts the parties, makes the wallets, and creates the campaign.
    ///
    /// # Errors
    /// [`DemoError`]; then nothing is left running.
    pub async fn set(options: &Options) -> Result<Self, DemoError> {
        let (sample, folder) = (Sample::of(options.language), Folder::make(options.out.as_deref())?);
        let work = folder.path();
        let parties = Parties::start(&options.program, work, &sample).await?;
        let (account, first, friend) = tokio::try_join!(
            company_account(&parties, &sample),
            Person::arrive(Who::First, sample.first, &parties, work),
            Person::arrive(Who::Friend, sample.friend, &parties, work),
        )?;
        for (person, other) in [(&first, &friend), (&friend, &first)] {
            let card = std::fs::read(&other.card).map_err(at(&other.card))?;
            person.wallet.add_friend(&card, Some(other.name)).await.map_err(|error| person.error(error))?;
        }
        let campaign = create_campaign(&parties, &sample, &account, work).await?;
        Ok(Self { parties, sample, account, campaign, first, friend, folder })
    }

    /// One of the two people.
    #[must_use]
    pub const fn person(&self, who: Who) -> &Person {
        match who {
            Who::First => &self.first,
            Who::Friend => &self.friend,
        }
    }

    /// The accounts of the first client and the friend.
    #[must_use]
    pub fn accounts(&self) -> [&str; 2] {
        [self.first.account.as_str(), self.friend.account.as_str()]
    }

    /// The company issues a packet to the first client.
    ///
    /// # Errors
    /// [`DemoError`] when it is refused.
    pub async fn issue(&self) -> Result<Digest, DemoError> {
        let server = &self.parties.enterprise;
        let card = self.first.card.to_string_lossy();
        let issue = ["packet", "issue", "--campaign", &self.campaign, "--count", "1", "--to", &card];
        let issued = server.run(&issue).await?;
        server.text(&issued, "/packets/0/id")?.parse().map_err(|_| DemoError::Answer { name: server.name })
    }

    /// Everybody ends.
    pub async fn stop(self) {
        let Self { parties, first, friend, folder, .. } = self;
        parties.stop().await;
        drop((first, friend));
        drop(folder);
    }
}

async fn company_account(parties: &Parties, sample: &Sample) -> Result<String, DemoError> {
    let (bank, deposit) = (&parties.issuing, campaign::DEPOSIT.to_string());
    let origin = parties.enterprise.origin.as_str();
    let open = ["account", "open", "--holder", sample.company, "--applicant", origin, "--deposit", &deposit];
    let opened = bank.run(&open).await?;
    bank.text(&opened, "/account").map(str::to_owned)
}

async fn create_campaign(parties: &Parties, sample: &Sample, account: &str, work: &Path) -> Result<String, DemoError> {
    let drawn = tokio::task::spawn_blocking(pictures).await;
    let [cover, emblem] = drawn.map_err(|error| DemoError::Picture(error.to_string()))??;
    let paths = [work.join("cover.png"), work.join("emblem.png")];
    for (path, bytes) in paths.iter().zip([cover, emblem]) {
        std::fs::write(path, bytes).map_err(at(path))?;
    }
    let [cover, emblem] = paths.map(|path| path.to_string_lossy().into_owned());
    let [amount, reward] = [campaign::SHARE, campaign::REWARD].map(|amount| amount.to_string());
    let [shares, per_person, count] =
        [campaign::SHARES, campaign::PER_PERSON, campaign::COUNT].map(|number| number.to_string());
    let options = [
        ("--title", sample.company),
        ("--greeting", sample.greeting),
        ("--reward-greeting", sample.reward_greeting),
        ("--count", &count),
        ("--amount", &amount),
        ("--mode", "each"),
        ("--shares", &shares),
        ("--reward", &reward),
        ("--when", "opened"),
        ("--per-person", &per_person),
        ("--placement", "both"),
        ("--theme", campaign::THEME),
        ("--cover", &cover),
        ("--emblem", &emblem),
        ("--expires", campaign::EXPIRES),
        ("--bank", parties.issuing.origin.as_str()),
        ("--account", account),
    ];
    let mut args = vec!["campaign", "create"];
    args.extend(options.into_iter().flat_map(|(name, value)| [name, value]));
    let created = parties.enterprise.run(&args).await?;
    parties.enterprise.text(&created, "/id").map(str::to_owned)
}
