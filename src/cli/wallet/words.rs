//! The words of `hongbao`: what its command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::api::account::AccountNumber;
use crate::api::states::AcceptedBy;
use crate::app::ThemeChoice;
use crate::app::text::Language;
use crate::cli::Failure;
use crate::cli::keeping::{Backup, Restore};
use crate::cli::manual::Manual;
use crate::wallet::{Carrier, ForwardOptions, Words};

/// Electronic red packets that are files: check, open, forward, collect. Without a command: the window.
#[derive(Parser)]
#[command(name = "hongbao", version, about)]
pub(super) struct Cli {
    /// For the window: packets, cards or folders to take in, or links.
    #[arg(value_name = "FILE|LINK")]
    pub(super) take: Vec<String>,
    /// The window's language, instead of the chosen one: zh-CN or en.
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Option<Language>,
    /// The window's theme, instead of the chosen one: system, light or dark.
    #[arg(long, value_name = "THEME")]
    pub(super) theme: Option<ThemeChoice>,
    /// The wallet's folder; its key is then in a file there. Without it: the person's own wallet.
    #[arg(long, global = true, value_name = "DIR", env = "HONGBAO_WALLET")]
    pub(super) wallet: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check a packet file without taking it in. Exits 0 genuine, 2 unreadable, 3 not genuine, 4 unchecked.
    Inspect {
        /// The file, or a picture with one in it; `-` for standard input. A hongbao: link works too.
        file: String,
        /// Ask a known company or bank whether it changed its key, if the key of this is not known.
        #[arg(long)]
        ask: bool,
    },
    /// Take packets into the wallet. Of several, or of a folder, each is taken in by itself.
    Import {
        /// A packet file or a picture of one (`-` for standard input), a hongbao: link, the address of a download, or a folder.
        #[arg(value_name = "FILE|LINK|DIR", required = true)]
        sources: Vec<String>,
    },
    /// List the packets, newest first.
    List,
    /// Show all about one packet.
    Show(Id),
    /// Ask the issuing bank whether a packet's money is still there.
    Status(Id),
    /// Open a packet and tell the enterprise, so that whoever forwarded it is rewarded.
    Open {
        #[command(flatten)]
        id: Id,
        /// Open without telling anybody.
        #[arg(long)]
        without_telling: bool,
        /// Let whoever forwarded it see that it was you who opened.
        #[arg(long, conflicts_with = "without_telling")]
        show_me: bool,
    },
    /// Pass a packet on to a friend.
    Forward(Forward),
    /// Take back what was passed on to a friend's inbox, as long as nobody has fetched it.
    Recall {
        #[command(flatten)]
        id: Id,
        /// The friend, by name or client id.
        #[arg(value_name = "FRIEND", allow_hyphen_values = true)]
        friend: String,
    },
    /// Let a packet that a stranger sent stand with the others.
    Keep(Id),
    /// Send what waits, fetch what arrived, ask how collections and forwardings stand.
    Sync,
    /// Accounts tied to this wallet.
    #[command(subcommand)]
    Account(Account),
    /// Collect a packet's money into an account, or its goods.
    Collect(Collect),
    /// Compute a lucky packet's draw again. Exits 0 when it holds, 3 when it does not or was not published in time, 4 when it
    /// is not closed yet.
    VerifyDraw(Id),
    /// Put a packet away, out of the window's list.
    Archive {
        #[command(flatten)]
        id: Id,
        /// Take it out again.
        #[arg(long)]
        undo: bool,
    },
    /// List the rewards for forwarding.
    Rewards,
    /// Show this wallet's unique id; write its contact card.
    Identity {
        /// Write the contact card to this new file.
        #[arg(long, value_name = "PATH")]
        card: Option<PathBuf>,
        /// The name on the card.
        #[arg(long)]
        name: Option<String>,
    },
    /// Friends, by their contact cards.
    #[command(subcommand)]
    Friend(Friend),
    /// Issuers whose keys are pinned.
    #[command(subcommand)]
    Issuer(Party),
    /// Banks whose vouchers are believed.
    #[command(subcommand)]
    Bank(Party),
    /// List everything that happened, first to last.
    History {
        /// Write it as a table into this new CSV file instead.
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Keep this wallet safe: its recovery phrase, or a backup of everything.
    #[command(subcommand)]
    Backup(Backup),
    /// Bring a wallet back from a backup or its recovery phrase, into one in which there is nothing yet; then ask every issuer
    /// and bank how things stand.
    Restore(Restore),
    /// Write all packet files into a folder; nothing is overwritten.
    Export {
        /// The folder, made if it is not there.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Write man pages and completions of both programs, for whoever packs them.
    #[command(hide = true)]
    Manual(Manual),
    /// Play the whole story with an enterprise, two banks and two wallets that are made for it and end with it.
    #[cfg(feature = "server")]
    Demo(crate::cli::demo::Demo),
    /// Everything that `hongbao-server` does; see `hongbao server --help`.
    #[cfg(feature = "server")]
    #[command(disable_help_flag = true)]
    Server {
        /// What would follow `hongbao-server`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
}

#[derive(Args)]
pub(super) struct Collect {
    #[command(flatten)]
    pub(super) id: Id,
    /// For money: the account.
    #[arg(long)]
    pub(super) account: Option<AccountNumber>,
    /// Of goods or cash: which; without it, what the packet holds, and of both the goods.
    #[arg(long, value_enum)]
    pub(super) choose: Option<Choice>,
    /// For goods that are delivered: the file with the address, `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(super) address: Option<String>,
    /// Wait up to so many seconds for the end.
    #[arg(long, value_name = "SECS", default_value_t = 0)]
    pub(super) wait: u32,
    /// Also when the gift was passed on to a friend, who has not collected yet.
    #[arg(long)]
    pub(super) anyway: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Choice {
    Goods,
    Cash,
}

#[derive(Args)]
pub(super) struct Id {
    /// The packet's id, or the unique beginning of it (at least 6 characters).
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    pub(super) id: String,
}

#[derive(Args)]
pub(super) struct Forward {
    #[command(flatten)]
    pub(super) id: Id,
    #[command(flatten)]
    pub(super) carrier: CarrierArgs,
    /// With --save, --link, --https-link or --picture: only for this friend.
    #[arg(long = "for", value_name = "FRIEND", conflicts_with = "to", allow_hyphen_values = true)]
    pub(super) only_for: Option<String>,
    /// With --to, or --save and --for: only this friend can open it. It locks the file, not the money.
    #[arg(long, conflicts_with_all = ["link", "https_link", "picture"])]
    pub(super) seal: bool,
    /// Your own words to the friend, in the place of what an earlier forwarder said.
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
    /// Pass on what an earlier forwarder said.
    #[arg(long, conflicts_with = "note")]
    pub(super) keep_note: bool,
    /// With --picture: the language that the picture speaks.
    #[arg(long, value_name = "LANG", requires = "picture")]
    pub(super) picture_lang: Option<Language>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct CarrierArgs {
    /// Write a new packet file.
    #[arg(long, value_name = "PATH")]
    pub(super) save: Option<PathBuf>,
    /// Print a hongbao: link, which holds the whole packet and needs no server.
    #[arg(long)]
    pub(super) link: bool,
    /// Print a short https link, at which the issuer keeps the packet until it ends.
    #[arg(long)]
    pub(super) https_link: bool,
    /// Write a new picture (PNG) with the packet in it, and its short link as a QR code if one can be had now.
    #[arg(long, value_name = "PATH")]
    pub(super) picture: Option<PathBuf>,
    /// Put it into the inbox of this friend (name or client id).
    #[arg(long, value_name = "FRIEND", allow_hyphen_values = true)]
    pub(super) to: Option<String>,
}

#[derive(Subcommand)]
pub(super) enum Account {
    /// Tie an account to this wallet with the one-time code from its bank.
    Link {
        /// The account number.
        account: AccountNumber,
        /// The one-time code.
        #[arg(long, allow_hyphen_values = true)]
        code: String,
    },
    /// List the accounts.
    List,
    /// Say whether what is collected into an account is accepted by its bank at once, or waits for a clerk.
    Set {
        /// The account number.
        account: AccountNumber,
        /// How.
        #[arg(long, value_enum)]
        acceptance: Acceptance,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Acceptance {
    /// At once.
    Auto,
    /// A clerk of the bank looks at it first.
    Clerk,
    /// As the bank has set for everybody.
    Bank,
}

impl Acceptance {
    pub(super) const fn choice(self) -> Option<AcceptedBy> {
        match self {
            Self::Auto => Some(AcceptedBy::Auto),
            Self::Clerk => Some(AcceptedBy::Clerk),
            Self::Bank => None,
        }
    }
}

#[derive(Subcommand)]
pub(super) enum Friend {
    /// Say what a contact card is and what adding it would change, with six words to compare aloud. Changes nothing.
    Look {
        /// The card: its file, its link, or a picture with its code.
        #[arg(value_name = "CARD")]
        card: String,
    },
    /// Add a friend by the contact card.
    Add {
        /// The card: its file, its link, or a picture with its code.
        #[arg(value_name = "CARD")]
        card: String,
        /// What you call the friend.
        #[arg(long)]
        name: Option<String>,
    },
    /// Make a friend of whoever forwarded a packet to you, by the key that signed that: without a card, and not compared.
    Sender {
        #[command(flatten)]
        id: Id,
        /// What you call the friend.
        #[arg(long)]
        name: String,
    },
    /// Note that you compared the six words of a friend's key aloud, and they are the same.
    Compared {
        /// The friend, by name or client id.
        #[arg(value_name = "FRIEND", allow_hyphen_values = true)]
        friend: String,
    },
    /// Call a friend by another name.
    Rename {
        /// The friend, by name or client id.
        #[arg(value_name = "FRIEND", allow_hyphen_values = true)]
        friend: String,
        /// The new name.
        name: String,
    },
    /// List the friends.
    List,
    /// Keep nothing any more that this client puts into an inbox. Nobody is told.
    Block {
        /// A friend by name, or anybody by client id.
        #[arg(value_name = "CLIENT", allow_hyphen_values = true)]
        client: String,
    },
    /// Keep again what this client puts into an inbox.
    Unblock {
        /// A friend by name, or anybody by client id.
        #[arg(value_name = "CLIENT", allow_hyphen_values = true)]
        client: String,
    },
    /// List the clients that are blocked.
    Blocked,
}

#[derive(Subcommand)]
pub(super) enum Party {
    /// Ask an origin who it is and pin its keys. Plain http to this machine is allowed by this alone.
    Add {
        /// Such as `https://bank.example`
        origin: String,
    },
    /// List what is pinned.
    List,
}

impl Command {
    /// What no parser of arguments sees.
    pub(super) fn misuse(&self) -> Option<Failure> {
        let Self::Forward(forward) = self else { return None };
        let for_nobody = forward.seal && forward.carrier.save.is_some() && forward.only_for.is_none();
        let next = "Name the friend: forward ID --seal --save PATH --for FRIEND";
        for_nobody.then(|| Failure::new("usage", "a file is sealed for one friend", next))
    }
}

impl Forward {
    pub(super) fn options(self) -> (String, ForwardOptions) {
        let CarrierArgs { save, link: _, https_link, picture, to } = self.carrier;
        let (carrier, friend) = match (save.or(picture), to) {
            (Some(path), _) if self.seal => (Carrier::SaveSealed(path), self.only_for),
            (Some(path), _) => (Carrier::Save(path), self.only_for),
            (None, Some(friend)) if self.seal => (Carrier::RelaySealed, Some(friend)),
            (None, Some(friend)) => (Carrier::Relay, Some(friend)),
            (None, None) if https_link => (Carrier::HttpsLink, self.only_for),
            (None, None) => (Carrier::Link, self.only_for),
        };
        let words = match self.note {
            Some(words) => Words::Own(words),
            None if self.keep_note => Words::Kept,
            None => Words::None,
        };
        (self.id.id, ForwardOptions { carrier, friend, words })
    }

    /// In which language a picture speaks, if it is one that leaves.
    pub(super) fn picture_language(&self) -> Option<Language> {
        self.carrier.picture.is_some().then(|| self.picture_lang.unwrap_or_else(Language::of_system))
    }
}
