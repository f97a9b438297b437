//! What the window asks of the worker, and what the worker tells the window. Plain values; nothing is shared but by `Arc`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::index::Index;
use super::pictures::Photo;
use super::screens::keep::Words;
use super::screens::packets::{Found, Query};
use super::settings::Settings;
use super::text::Language;
use crate::api::account::AccountNumber;
use crate::api::goods::Address;
use crate::api::states::AcceptedBy;
use crate::identity::keystore::Asking;
use crate::jose::{ClientId, Digest};
use crate::money::Amount;
use crate::packet::Origin;
use crate::wallet::{
    Archived, BackedUp, Blocked, CardSeen, Collected, Event as Happened, Exported, ForwardOptions, Forwarded, Friend,
    Given, Imported, Inspection, KnownBank, KnownIssuer, LinkedAccount, Listed, OpenOptions, Opened, OwnCard, Packed,
    Restored, RewardListed, Shown, VoucherStanding, WalletError,
};

/// Something for the worker to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Read one packet.
    Show(Digest),
    /// Find what answers this from now on.
    Find(Query),
    /// Take a file in: a packet or a contact card.
    TakeFile(PathBuf),
    /// Take in what was typed or pasted: a link, or the path of a file.
    TakeText(String),
    /// Take in a picture that was pasted.
    TakePicture(Pixels),
    /// Take in what lies on the clipboard: files, a text or a picture.
    TakeClipboard,
    /// Take in many: paths of files and folders, and links.
    TakeAll(Vec<String>),
    /// Open a packet.
    Open(Digest, OpenOptions),
    /// Ask the bank whether a packet's money can still be collected.
    AskBank(Digest),
    /// Apply for a packet's money.
    Collect {
        /// Which packet.
        id: Digest,
        /// Into which account.
        account: AccountNumber,
        /// Also after the gift was passed on.
        anyway: bool,
    },
    /// Ask for a packet's goods.
    CollectGoods {
        /// Which packet.
        id: Digest,
        /// Where to, for goods that are delivered.
        address: Option<Address>,
        /// Also after the gift was passed on.
        anyway: bool,
    },
    /// Apply for the money of several packets, one after the other.
    CollectAll(Vec<Digest>, AccountNumber),
    /// Tie an account to this wallet.
    LinkAccount(AccountNumber, OneTimeCode),
    /// Say who accepts what is collected into an account; none: as its bank has set.
    Acceptance(AccountNumber, Option<AcceptedBy>),
    /// Forward a packet.
    Forward(Digest, ForwardOptions),
    /// Take back what lies in this friend's inbox.
    Recall(Digest, ClientId),
    /// Let a stranger's packet stand with the others.
    KeepPacket(Digest),
    /// Keep nothing any more that this client forwards.
    Block(ClientId),
    /// Keep it again.
    Unblock(ClientId),
    /// Forward a packet as a picture, in the words of this language.
    ForwardPicture(Digest, ForwardOptions, Language),
    /// Send what waits, fetch what arrived.
    Sync,
    /// Add an issuer or a bank by its address.
    AddParty(String),
    /// Ask a packet's issuer for its key.
    CheckIssuer(Digest),
    /// Ask those who are named in a file that was refused whether they changed their keys, and judge it again.
    AskAbout(Arc<[u8]>),
    /// Add the friend of this contact card, by this name.
    Befriend(Arc<[u8]>, String),
    /// Make a friend of whoever forwarded this packet, by this name.
    BefriendSender(Digest, String),
    /// The words of a friend's key were compared aloud.
    Compared(ClientId),
    /// Call a friend by another name.
    Rename(ClientId, String),
    /// Show one's own contact card as a code; by this name, if there is one.
    ShowCard(Option<String>),
    /// Write the contact card.
    WriteCard(PathBuf, Option<String>),
    /// Show a native dialog.
    Pick(Pick),
    /// Put a packet away, or take it out again.
    Archive(Digest, bool),
    /// Stop waiting for this. What was kept goes on by itself.
    Cancel(Task),
    /// Keep the choices.
    Keep(Settings),
    /// Answer a question for the passphrase; none when the person does not want to.
    Passphrase(Option<Passphrase>),
    /// Show the wallet's folder.
    OpenFolder,
    /// Show a folder.
    ShowFolder(PathBuf),
    /// Show a file among the others of its folder.
    Reveal(PathBuf),
    /// Put a file itself onto the clipboard, to be pasted where files are.
    CopyFile(PathBuf),
    /// Take a text off the clipboard in a minute, if it is still there then.
    TakeBack(Passphrase),
    /// Write everything that happened into a new table.
    Export(PathBuf),
    /// Seal the key with a passphrase, which the person is asked for.
    Protect,
    /// Bring the words of the recovery phrase.
    Phrase,
    /// Write a backup, sealed with this passphrase.
    BackUp(PathBuf, Passphrase),
    /// Bring everything back from a backup.
    Restore(PathBuf, Passphrase),
    /// Bring the key back from its phrase.
    RestorePhrase(Passphrase),
    /// Write all packet files into a folder.
    ExportPackets(PathBuf),
}

/// A picture in the clipboard.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pixels {
    /// Width and height.
    pub size: [u32; 2],
    /// Red, green, blue of each, row by row.
    pub rgb: Arc<[u8]>,
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pixels({:?})", self.size)
    }
}

/// A code that a bank gave for one use; never shown in a log.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct OneTimeCode(pub Zeroizing<String>);

impl std::fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeCode")
    }
}

/// A passphrase, or a phrase, on its way; never shown in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Passphrase(pub Zeroizing<String>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

/// What a native dialog is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// A packet or card to take in.
    Open,
    /// Where a forwarded packet goes; the suggested name.
    SavePacket(String),
    /// Where the picture of a forwarded packet goes; the suggested name.
    SavePicture(String),
    /// Where the contact card goes; the suggested name.
    SaveCard(String),
    /// Where a table goes; the suggested name.
    SaveTable(String),
    /// Where a backup goes; the suggested name.
    SaveBackup(String),
    /// A backup to bring back.
    OpenBackup,
    /// Into which folder all packet files go.
    PacketFolder,
}

/// What a command is about, to show that it is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Task {
    /// Taking something in.
    Take,
    /// Opening this packet.
    Open(Digest),
    /// Asking the bank about this packet.
    AskBank(Digest),
    /// Collecting this packet.
    Collect(Digest),
    /// Collecting several.
    CollectAll,
    /// Tying an account.
    Link,
    /// Saying who accepts what is collected.
    Acceptance,
    /// Forwarding.
    Forward,
    /// Taking a forwarding back.
    Recall(Digest),
    /// Saying what becomes of what strangers send.
    Strangers,
    /// Synchronising.
    Sync,
    /// Adding a party.
    Party,
    /// Writing the card.
    Card,
    /// Writing a table.
    Export,
    /// Sealing the key with a passphrase.
    Protect,
    /// Reading the key to show its phrase.
    Phrase,
    /// Writing a backup.
    BackUp,
    /// Bringing a wallet back.
    Restore,
    /// Writing all packet files.
    ExportPackets,
    /// Choosing a file.
    Pick,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Of what.
    pub task: Task,
    /// So many parts are done.
    pub done: usize,
    /// Of so many.
    pub all: usize,
}

impl Command {
    /// What it is about, where a person waits for it.
    #[must_use]
    pub(super) const fn task(&self) -> Option<Task> {
        Some(match self {
            Self::TakeFile(_) | Self::TakeText(_) | Self::TakePicture(_) | Self::TakeClipboard | Self::TakeAll(_) => {
                Task::Take
            }
            Self::Open(id, _) => Task::Open(*id),
            Self::AskBank(id) => Task::AskBank(*id),
            Self::Collect { id, .. } | Self::CollectGoods { id, .. } => Task::Collect(*id),
            Self::CollectAll(..) => Task::CollectAll,
            Self::LinkAccount(..) => Task::Link,
            Self::Acceptance(..) => Task::Acceptance,
            Self::Forward(..) | Self::ForwardPicture(..) => Task::Forward,
            Self::Recall(id, _) => Task::Recall(*id),
            Self::KeepPacket(_) | Self::Block(_) | Self::Unblock(_) => Task::Strangers,
            Self::Sync => Task::Sync,
            Self::AddParty(_) | Self::CheckIssuer(_) | Self::AskAbout(_) => Task::Party,
            Self::WriteCard(..)
            | Self::ShowCard(_)
            | Self::Befriend(..)
            | Self::BefriendSender(..)
            | Self::Compared(_)
            | Self::Rename(..) => Task::Card,
            Self::Export(_) => Task::Export,
            Self::Protect => Task::Protect,
            Self::Phrase => Task::Phrase,
            Self::BackUp(..) => Task::BackUp,
            Self::Restore(..) | Self::RestorePhrase(_) => Task::Restore,
            Self::ExportPackets(_) => Task::ExportPackets,
            Self::Pick(_) => Task::Pick,
            Self::Show(_)
            | Self::Find(_)
            | Self::Archive(..)
            | Self::Cancel(_)
            | Self::Keep(_)
            | Self::Passphrase(_)
            | Self::ShowFolder(_)
            | Self::Reveal(_)
            | Self::CopyFile(_)
            | Self::TakeBack(_)
            | Self::OpenFolder => return None,
        })
    }
}

/// All that the screens show of a wallet, as it stood at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Data {
    /// Newest first.
    pub packets: Arc<Vec<Listed>>,
    /// Newest first.
    pub rewards: Vec<RewardListed>,
    /// By name.
    pub friends: Vec<Friend>,
    /// In the order they were tied.
    pub accounts: Vec<LinkedAccount>,
    /// Known issuers.
    pub issuers: Vec<KnownIssuer>,
    /// Known banks.
    pub banks: Vec<KnownBank>,
    /// First to last.
    pub history: Arc<Vec<Happened>>,
    /// How much each packet's last collection came to.
    pub collected: BTreeMap<Digest, Amount>,
    /// What was forwarded from here, newest first.
    pub given: Vec<Given>,
    /// Who is known to have opened which packet that was forwarded from here, apart from what rewards tell.
    pub shown: BTreeSet<(Digest, ClientId)>,
    /// From whose forwardings nothing is kept.
    pub blocked: Vec<Blocked>,
    /// Packets whose rewards say that a friend was paid, too.
    pub paid_first: BTreeSet<Digest>,
    /// This wallet's id, once it has one.
    pub client: Option<ClientId>,
    /// The name on this wallet's card.
    pub name: Option<String>,
    /// How many messages wait to be sent.
    pub waiting: usize,
    /// Whether the key lies sealed in a file beside the wallet; else it is in the system's keyring, or not there yet.
    pub key_in_file: bool,
    /// Where things are and what they come to; see [`Data::index`].
    pub made: Index,
}

impl Data {
    /// What the list says of a packet.
    #[must_use]
    pub(super) fn packet(&self, id: &Digest) -> Option<&Listed> {
        self.index().place(id).and_then(|at| self.packets.get(at))
    }

    /// What one calls this client, if it is a friend.
    #[must_use]
    pub(super) fn friend_name(&self, client: &ClientId) -> Option<&str> {
        let at = self.index().friend(client)?;
        self.friends.get(at).map(|friend| friend.name.as_str())
    }

    /// The name of a bank, as it says itself; else its host.
    #[must_use]
    pub(super) fn bank_name(&self, origin: &Origin) -> String {
        let known = self.banks.iter().find(|bank| bank.origin == *origin);
        known.map_or_else(|| origin.host(), |bank| bank.name.clone())
    }
}

/// A packet with its pictures.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    /// What is known about it.
    pub shown: Shown,
    /// Behind the envelope's words.
    pub cover: Option<Photo>,
    /// The company's emblem.
    pub emblem: Option<Photo>,
    /// The goods.
    pub goods: Option<Photo>,
}

/// A file that was refused.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// What it says, and why it is not believed.
    pub inspection: Box<Inspection>,
    /// Its bytes, to be judged again.
    pub file: Arc<[u8]>,
}

/// What came of taking many in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Took {
    /// Packets that were not here.
    pub new: usize,
    /// Packets that were here.
    pub there: usize,
    /// Contact cards, to be looked at.
    pub cards: usize,
    /// By name what could not be taken in.
    pub refused: Vec<String>,
}

/// What went wrong, ready to be told: a stable code, and more for codes without words of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stable code.
    pub code: String,
    /// What happened, in English.
    pub detail: String,
    /// What to do, in English.
    pub next: String,
    /// Which server.
    pub domain: Option<String>,
}

impl From<&WalletError> for Fault {
    fn from(error: &WalletError) -> Self {
        let domain = match error {
            WalletError::Net { origin, .. } | WalletError::Refused { origin, .. } => Some(origin.host()),
            WalletError::KeyChanged(origin) | WalletError::Nonsense(origin) => Some(origin.host()),
            _ => None,
        };
        Self { code: error.code().to_owned(), detail: error.to_string(), next: error.next(), domain }
    }
}

/// How the wallet stands to its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SyncState {
    /// When everything was last in step.
    pub synced_at: Option<i64>,
    /// Whether the last round reached nobody it wanted to reach.
    pub offline: bool,
    /// A server that could not be reached, when others could.
    pub trouble: Option<String>,
}

/// Something that happened at the worker.
#[derive(Debug)]
pub(super) enum Event {
    /// Everything, read again.
    Data(Arc<Data>),
    /// What was found for what the person looks for, newest query and newest data.
    Found(Arc<Found>),
    /// One packet, read again.
    Packet(Box<Packet>),
    /// A packet was taken in.
    Imported(Imported),
    /// Many were taken in, as far as they could be.
    TookMany(Took),
    /// A file that is no packet, or one that somebody changed: what it says, for the warning.
    Refused(Refusal),
    /// A packet was opened.
    Opened(Opened),
    /// A bank told where a voucher stands.
    Standing(Digest, VoucherStanding),
    /// A collection was begun, or went on.
    Collected(Collected),
    /// An account was tied.
    Linked(LinkedAccount),
    /// A bank confirmed who accepts what is collected into an account.
    AcceptanceChosen,
    /// A packet was forwarded.
    Forwarded(Forwarded),
    /// A recall was answered, or waits.
    Recalled(Forwarded),
    /// A stranger's packet stands with the others.
    Kept,
    /// A client is blocked, or is not any more.
    Blocked(Blocked, bool),
    /// A packet was forwarded as a picture: into a file, or to be copied.
    Pictured(Forwarded, Option<Pixels>),
    /// A contact card was looked at; its bytes.
    CardSeen(CardSeen, Arc<[u8]>),
    /// Several were looked at, each with its bytes.
    CardsSeen(Vec<(CardSeen, Arc<[u8]>)>),
    /// A friend was added.
    Befriended(Friend),
    /// A friend has another name.
    Renamed(Friend),
    /// A friend's key was compared.
    Compared(Friend),
    /// A party was added, by this name.
    Known(String),
    /// One's own card, to be shown.
    OwnCard(Box<OwnCard>),
    /// The card was written.
    CardWritten,
    /// A table was written.
    Exported(Exported),
    /// A file lies on the clipboard; or there is none, and why.
    FileCopied(Result<(), String>),
    /// The key is sealed with a passphrase.
    Protected,
    /// The words of the recovery phrase.
    Words(Box<Words>),
    /// A backup was written.
    BackedUp(BackedUp),
    /// A wallet was brought back.
    Restored(Restored),
    /// All packet files were written.
    Packed(Packed),
    /// A round of synchronising came to its end; so many packets arrived that no stranger sent.
    Synced(SyncState, usize),
    /// These packets are about to expire, since now.
    Expiring(Vec<Digest>),
    /// The passphrase is asked for.
    Ask(Asking),
    /// A native dialog was answered.
    Picked(Pick, Option<PathBuf>),
    /// A packet was put away or taken out.
    Archived(Archived),
    /// So much of a task is done.
    Progress(Progress),
    /// Nobody waits for it any more.
    Cancelled(Task),
    /// It did not work.
    Failed(Option<Task>, Fault),
    /// A task came to its end, well or not.
    Ended(Task),
    /// The wallet cannot be opened at all.
    Closed(Fault),
}
