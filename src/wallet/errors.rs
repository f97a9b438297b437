//! Everything that can stand in a wallet's way, in one place with its words: a stable code, what happened, what to do.
//!
//! Nothing here holds a secret; what a server wrote is shown as plain, short text only.

use std::path::PathBuf;

use crate::api::account::{AccountError, AccountNumber};
use crate::api::discovery::DiscoveryError;
use crate::api::problem::Problem;
use crate::identity::backup::BackupError;
use crate::identity::card::CardError;
use crate::identity::keystore::KeystoreError;
use crate::identity::phrase::PhraseError;
use crate::identity::sealed::SealError;
use crate::net::client::NetError;
use crate::packet::link::LinkError;
use crate::packet::origin::OriginError;
use crate::packet::picture::PictureError;
use crate::packet::text::TextError;
use crate::packet::{Check, Origin, Unreadable};
use crate::store::StoreError;

use super::talk::CallError;

/// Why a wallet did not do what it was asked. [`WalletError::code`] is stable; the texts are for people.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot be had.
    #[error(transparent)]
    Key(#[from] KeystoreError),
    /// This wallet belongs to a key that is not there.
    #[error("the key of this wallet is missing or another one is in its place")]
    KeyMissing,
    /// A message could not be written; a mistake in the program.
    #[error("a message could not be written: {0}")]
    Message(String),

    /// No packet has this id.
    #[error("there is no packet {0} in this wallet")]
    UnknownPacket(String),
    /// Fewer characters than tell packets apart.
    #[error("{0} is too short or fits several packets")]
    AmbiguousId(String),
    /// No friend has this name or id.
    #[error("there is no friend {0} in this wallet")]
    UnknownFriend(String),
    /// Several friends have this name.
    #[error("several friends are called {0}")]
    AmbiguousFriend(String),

    /// The bytes are not a packet file.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The text is not a link, or a link would be too long.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A check failed.
    #[error("the packet is not genuine: the check {} failed ({})", word(.0.check), .0.reason.map(word).unwrap_or_default())]
    NotGenuine(Check),
    /// The issuer could not be asked for its key, and nobody else vouches for the packet.
    #[error("the packet could not be checked, because {issuer} could not be asked for its key: {why}")]
    CannotCheck {
        /// The issuer.
        issuer: Origin,
        /// Why not.
        why: String,
    },
    /// A contact card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// An address.
    #[error(transparent)]
    Address(#[from] OriginError),
    /// A party does not describe itself as it should.
    #[error("{origin}: {why}")]
    NotThatParty {
        /// Who was asked.
        origin: Origin,
        /// Why its answer is not taken.
        why: DiscoveryError,
    },
    /// The keys are others than those pinned.
    #[error("{0} now shows other keys than those this wallet pinned")]
    KeyChanged(Origin),

    /// No answer.
    #[error("{origin}: {why}")]
    Net {
        /// Who was asked.
        origin: Origin,
        /// Why there is no answer.
        why: NetError,
    },
    /// The server says no, or not now.
    #[error("{origin}: {}", said(.problem))]
    Refused {
        /// Who was asked.
        origin: Origin,
        /// What it said.
        problem: Box<Problem>,
    },
    /// The answer makes no sense.
    #[error("{0} gave an answer that makes no sense")]
    Nonsense(Origin),

    /// The packet may not be forwarded at all.
    #[error("this packet may not be forwarded")]
    NotForwardable,
    /// It was forwarded as often as it allows.
    #[error("this packet was already forwarded as often as it allows")]
    HopsUsedUp,
    /// Somebody else holds it.
    #[error("this packet is meant for somebody else")]
    NotHolder,
    /// It can be forwarded only from its contents.
    #[error("this packet can be forwarded only after it was opened")]
    OpenFirst,
    /// Too late.
    #[error("this packet has expired")]
    Expired,
    /// The one gift was passed on to a friend.
    #[error("this gift was already passed on to a friend")]
    PassedOn,
    /// Words or a name outside the limits.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The friend's card names no inbox that can be used.
    #[error("{0} has no inbox that this wallet can reach")]
    NoInbox(String),

    /// Nothing of this packet waits in this friend's inbox.
    #[error("nothing of this packet was passed on to this friend's inbox, so there is nothing to take back")]
    NothingToRecall,
    /// A contact card where a packet is wanted.
    #[error("this is a contact card, and no packet")]
    IsCard,
    /// The friend's card does not say for whom to seal.
    #[error("the contact card of {0} is too old to seal for")]
    CannotSeal(String),
    /// A sealed file that is not opened.
    #[error(transparent)]
    Sealed(#[from] SealError),

    /// Nothing a bank pays.
    #[error("this packet holds no bank voucher, so there is no money to collect")]
    NotBankVoucher,
    /// Everybody gets the same.
    #[error("this packet's shares are equal, so there is no draw to verify")]
    NotLucky,
    /// Nothing that is handed over.
    #[error("this packet holds no goods")]
    NoGoods,
    /// Goods that are delivered.
    #[error("these goods are delivered, so an address is needed")]
    AddressNeeded,
    /// Goods that are picked up.
    #[error("these goods are picked up, so no address is given away")]
    NoAddressTaken,
    /// Of goods or cash the other was chosen before.
    #[error("of this packet you have chosen the {0}; it gives one or the other")]
    ChosenOtherwise(&'static str),
    /// The account's bank is not among those that the issuing bank deals with.
    #[error("the bank of this account does not take part in this packet; these do: {}", .0.join(", "))]
    BankDoesNotTakePart(Vec<String>),
    /// No bank that this wallet knows has such accounts.
    #[error("no bank that this wallet knows has accounts like {0:?}")]
    BankUnknown(AccountNumber),
    /// An account number.
    #[error(transparent)]
    Account(#[from] AccountError),

    /// A picture whose packet cannot be read.
    #[error("{0}")]
    Picture(PictureError),
    /// A picture with neither a packet nor a packet's code.
    #[error("there is no packet in this picture, and no code of one")]
    NothingInside,
    /// A clipboard without anything to take in.
    #[error("there is nothing on the clipboard that could be taken in")]
    NothingCopied,
    /// The short link of this forwarding was made with other words, and cannot be changed.
    #[error("the short link of this packet was made with other words")]
    LinkSays,
    /// Nothing in a wallet gives way to a backup.
    #[error("there is something in this wallet already, so nothing is restored into it")]
    InUse,
    /// A backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A recovery phrase.
    #[error(transparent)]
    Phrase(#[from] PhraseError),

    /// Nothing is ever overwritten.
    #[error("{} is already there", .0.display())]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, #[source] std::io::Error),
}

/// The word that a check or a reason has in JSON.
pub(super) fn word(of: impl serde::Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn said(problem: &Problem) -> &str {
    if problem.detail().is_empty() { problem.title() } else { problem.detail() }
}

impl WalletError {
    pub(super) fn call(origin: &Origin, error: CallError) -> Self {
        let origin = origin.clone();
        match error {
            CallError::Net(why) => Self::Net { origin, why },
            CallError::Refused(problem) | CallError::Later(problem, _) => Self::Refused { origin, problem },
            CallError::Nonsense => Self::Nonsense(origin),
            CallError::Wallet(error) => *error,
        }
    }

    /// The stable code: `error.type` of the commands.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Store(_) => "database",
            Self::Key(error) => key_code(error),
            Self::KeyMissing => "key-missing",
            Self::Message(_) => "internal",
            Self::UnknownPacket(_) => "unknown-packet",
            Self::AmbiguousId(_) => "ambiguous-id",
            Self::UnknownFriend(_) => "unknown-friend",
            Self::AmbiguousFriend(_) => "ambiguous-friend",
            Self::Unreadable(_) => "unreadable",
            Self::Picture(_) => "unreadable",
            Self::NothingInside => "nothing-inside",
            Self::NothingCopied => "nothing-copied",
            Self::LinkSays => "link-says",
            Self::Link(LinkError::TooLong) => "link-too-long",
            Self::Link(LinkError::Unreadable(_)) => "unreadable",
            Self::Link(_) => "bad-link",
            Self::NotGenuine(_) => "not-genuine",
            Self::CannotCheck { .. } => "cannot-check-offline",
            Self::Card(_) => "bad-card",
            Self::Address(_) => "bad-address",
            Self::NotThatParty { why: DiscoveryError::Role, .. } => "wrong-role",
            Self::NotThatParty { .. } => "not-a-party",
            Self::KeyChanged(_) => "key-changed",
            Self::Net { why: NetError::NotAllowed(_), .. } => "not-allowed",
            Self::Net { .. } => "unreachable",
            Self::Refused { problem, .. } => problem.code(),
            Self::Nonsense(_) => "bad-answer",
            Self::NotForwardable => "not-forwardable",
            Self::HopsUsedUp => "hops-used-up",
            Self::NotHolder => "not-holder",
            Self::OpenFirst => "open-first",
            Self::Expired => "expired",
            Self::PassedOn => "passed-on",
            Self::Text(_) => "bad-text",
            Self::NoInbox(_) => "no-inbox",
            Self::NothingToRecall => "nothing-to-recall",
            Self::IsCard => "is-card",
            Self::CannotSeal(_) => "cannot-seal",
            Self::Sealed(SealError::ForSomebodyElse) => "sealed-for-another",
            Self::Sealed(_) => "unreadable",
            Self::NotBankVoucher => "not-bank-voucher",
            Self::NotLucky => "not-lucky",
            Self::NoGoods => "no-goods",
            Self::AddressNeeded => "address-needed",
            Self::NoAddressTaken => "no-address-taken",
            Self::ChosenOtherwise(_) => "chosen-otherwise",
            Self::BankDoesNotTakePart(_) => "bank-does-not-take-part",
            Self::BankUnknown(_) => "bank-unknown",
            Self::Account(_) => "bad-account",
            Self::InUse => "wallet-in-use",
            Self::Backup(BackupError::NotOne | BackupError::TooLarge) => "not-a-backup",
            Self::Backup(BackupError::Newer) => "backup-newer",
            Self::Backup(BackupError::Shut) => "backup-shut",
            Self::Phrase(PhraseError::Count(_)) => "phrase-count",
            Self::Phrase(PhraseError::Unknown { .. }) => "phrase-word",
            Self::Phrase(PhraseError::Checksum) => "phrase-checksum",
            Self::Exists(_) => "exists",
            Self::File(..) => "file",
        }
    }

    /// What the person can do now.
    #[must_use]
    pub fn next(&self) -> String {
        match self {
            Self::Refused { problem, .. } => return refused_next(problem),
            Self::Key(error) => key_next(error),
            Self::Net { why: NetError::NotAllowed(_), origin } | Self::CannotCheck { issuer: origin, .. }
                if origin.is_loopback() =>
            {
                return format!("If you trust it, add it first: issuer add {origin} (or bank add {origin}).");
            }
            Self::Phrase(PhraseError::Unknown { suggestion: Some(word), .. }) => {
                return format!("Did you mean {word}?");
            }
            other => other.plain_next(),
        }
        .to_owned()
    }

    fn plain_next(&self) -> &'static str {
        match self {
            Self::KeyMissing => "Unlock the system's keyring, or put this wallet's identity.json back from a backup.",
            Self::Message(_) => "Please report this.",
            Self::UnknownPacket(_) => "See the ids with: list",
            Self::AmbiguousId(_) => "Give more of the id, at least 6 characters; see: list",
            Self::UnknownFriend(_) => "Add the friend's card with: friend add CARD",
            Self::AmbiguousFriend(_) => "Give the friend's client id instead; see: friend list",
            Self::Picture(_) | Self::NothingInside => {
                "Ask the sender for the original picture, or for the packet's file or link."
            }
            Self::NothingCopied => "Copy a packet's file, its link or its picture first.",
            Self::LinkSays => "Leave the words as they were, or forward the file itself.",
            Self::Unreadable(_) | Self::Link(_) => "Ask the sender for the file or the link again.",
            Self::NotGenuine(check) if check.is_by_unknown_key() => {
                "It may have changed its key, or somebody pretends to be it. Ask it with: inspect FILE --ask"
            }
            Self::NotGenuine(_) => "Do not open it. Ask the sender, by a way you trust, whether it is theirs.",
            Self::CannotCheck { .. } | Self::Net { .. } | Self::Nonsense(_) => "Try again when you are online.",
            Self::Card(_) => "Ask your friend for the contact card again.",
            Self::Address(_) => "Give an address such as https://bank.example",
            Self::NotThatParty { .. } => "Check the address.",
            Self::KeyChanged(_) => {
                "Do not go on. Ask the company or bank, by a way you trust, whether it changed its key."
            }
            Self::NotForwardable | Self::HopsUsedUp | Self::NotHolder => {
                "Ask the sender for a packet of your friend's own."
            }
            Self::OpenFirst => "Open it with: open ID",
            Self::Expired => "Nothing more can be done with it.",
            Self::PassedOn => {
                "If you do want it back before your friend collects: collect ID --account ACCOUNT --anyway"
            }
            Self::Text(_) => "Shorten the text, and use plain characters.",
            Self::NoInbox(_) => "Forward with --save or --link, and send that by any other way.",
            Self::NothingToRecall => "See what was forwarded, and how it stands, with: show ID",
            Self::IsCard => "Look at it with: friend look CARD, and add it with: friend add CARD",
            Self::CannotSeal(_) => "Ask your friend for a new contact card and add it, or forward it without sealing.",
            Self::Sealed(SealError::ForSomebodyElse) => {
                "Ask the sender to seal it for you; for that the sender needs your contact card."
            }
            Self::Sealed(_) => "Ask the sender for the file again.",
            Self::NotBankVoucher => "Collect the goods with: collect ID",
            Self::NotLucky => "See what each person gets with: show ID",
            Self::NoGoods => "Collect its money with: collect ID --account ACCOUNT",
            Self::AddressNeeded => {
                "Write name, street, town and telephone number into a file, and: collect ID --address FILE"
            }
            Self::NoAddressTaken => "Collect without --address.",
            Self::ChosenOtherwise(_) => "See how that stands with: show ID",
            Self::BankDoesNotTakePart(_) => "Collect with an account at one of those banks.",
            Self::BankUnknown(_) => "Add the account's bank with: bank add ORIGIN",
            Self::Account(_) => "Check the account number.",
            Self::InUse => "Restore into an empty folder, with --wallet DIR; this wallet stays as it is.",
            Self::Backup(BackupError::NotOne | BackupError::TooLarge) => "Choose the file that was saved as a backup.",
            Self::Backup(BackupError::Newer) => "Install the newest version of this program.",
            Self::Backup(BackupError::Shut) => {
                "Try again with the passphrase of the backup, or with another copy of it."
            }
            Self::Phrase(_) => "Compare each word with what you wrote down, in the same order.",
            Self::Exists(_) => "Choose another path; nothing is overwritten.",
            Self::File(..) => "Check the path, and that you may use it.",
            Self::Store(_) | Self::Key(_) | Self::Refused { .. } => "Try again.",
        }
    }
}

fn refused_next(problem: &Problem) -> String {
    problem.next().unwrap_or("Try again later, or ask the company or bank.").to_owned()
}

fn key_code(error: &KeystoreError) -> &'static str {
    match error {
        KeystoreError::PassphraseNeeded => "passphrase-needed",
        KeystoreError::PassphraseDiffers => "passphrase-differs",
        KeystoreError::WrongPassphrase => "wrong-passphrase",
        KeystoreError::Damaged(_) => "key-damaged",
        KeystoreError::Exists | KeystoreError::Io(..) => "key-file",
        KeystoreError::Twice => "key-twice",
    }
}

fn key_next(error: &KeystoreError) -> &'static str {
    match error {
        KeystoreError::PassphraseNeeded => {
            "Run it at a terminal, or name a file with the passphrase in HONGBAO_PASSPHRASE_FILE."
        }
        KeystoreError::PassphraseDiffers | KeystoreError::WrongPassphrase => "Try again with the right passphrase.",
        KeystoreError::Damaged(_) => "Put identity.json back from a backup, or install the newest version.",
        KeystoreError::Exists | KeystoreError::Io(..) => "Check that you may write to the wallet's folder.",
        KeystoreError::Twice => "Delete the entry \"hongbao\" in the system's keyring yourself.",
    }
}
