//! What a person reads as the answer of `hongbao`'s commands: all of its words in one place.

use serde::Serialize;

use crate::api::collect::AcceptanceChoice;
use crate::api::draw::Flaw;
use crate::api::states::{AcceptedBy, CollectionState, PacketState, ReceiptResult, RefusalReason, VoucherState};
use crate::cli::Text;
use crate::money::Amount;
use crate::packet::{Outcome, Verdict};
use crate::wallet::{
    Archived, Blocked, CardSeen, CardStanding, Collected, DrawState, DrawView, Event, Exported, ForwardState,
    Forwarded, Friend, GoodsCollected, Imported, ImportedMany, Inspection, Kept, KnownBank, KnownIssuer, LinkState,
    LinkedAccount, Listed, Money, Notice, Opened, OwnCard, RewardListed, Shown, Synced, Time, VoucherStanding,
};

/// The word that a value has in JSON: texts and JSON use the same words.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn money(amount: Option<Amount>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}

fn time(time: Time) -> String {
    word(&time)
}

fn optional<T: std::fmt::Display>(value: Option<&T>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

impl Text for Inspection {
    fn text(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Genuine => "Genuine.",
            Verdict::NotGenuine if !self.ask.is_empty() && !self.asked => {
                "NOT KNOWN TO BE GENUINE: signed with a key that this wallet does not know yet. Ask whether it is theirs: \
                 inspect FILE --ask"
            }
            Verdict::NotGenuine => "NOT GENUINE: someone changed it, or it was never made by whom it names.",
            Verdict::Unchecked => "Not checked yet: a key is not known. Opening it asks the issuer for its key.",
            Verdict::Unreadable if self.sealed => {
                "Sealed for one person. If that is you, your wallet opens it: import FILE"
            }
            Verdict::Unreadable => "Not a red packet that this program can read.",
        };
        let mut lines = vec![verdict.to_owned()];
        if let (Some(title), Some(serial)) = (&self.title, self.serial) {
            let greeting = self.greeting.as_deref().unwrap_or_default().replace('\n', " / ");
            lines.push(format!("{title} · No. {serial} · {greeting}"));
            lines.push(format!("from    {}", optional(self.issuer.as_ref())));
            lines.push(format!("amount  {}", money(self.amount)));
            if let Some(goods) = &self.goods {
                let unit = goods.unit.as_deref().unwrap_or_default();
                lines.push(format!("goods   {} × {} {unit} ({})", goods.item, goods.quantity, goods.merchant));
                lines.extend(goods.cash.as_ref().map(|cash| format!("or      {} in money", cash.amount)));
            }
            lines.push(format!("until   {}", self.expires.map(time).unwrap_or_default()));
            lines.push(format!("id      {}", optional(self.id.as_ref())));
        }
        if self.revocable {
            lines.push("the issuer can take it back until it is collected".to_owned());
        }
        if let Some(bank) = &self.checked_by {
            lines.push(format!("identity checked by {bank}"));
        }
        if let Some(note) = &self.note {
            lines.push(format!("note    {}", note.replace('\n', " / ")));
        }
        for hop in &self.hops {
            lines.push(format!(
                "forwarded by {} to {}",
                hop.client,
                hop.to.map_or("anyone".into(), |to| to.to_string())
            ));
        }
        for check in self.checks.iter().filter(|check| check.result != Outcome::Passed) {
            let reason = check.reason.as_ref().map(word).unwrap_or_default();
            lines.push(format!("{}: {} ({reason})", word(&check.check), word(&check.result)));
        }
        lines.join("\n")
    }
}

impl Text for VoucherStanding {
    fn text(&self) -> String {
        let (left, shares, until) = (self.left, self.shares, time(self.expires));
        let taken = shares.saturating_sub(left);
        let what = match self.state {
            VoucherState::Issued => format!("Nobody has collected yet; the bank holds all of it, until {until}."),
            VoucherState::PartlyPaid => {
                format!("{taken} of {shares} collected; the bank holds the rest, until {until}.")
            }
            VoucherState::Paid => "All of it was collected. Your account is unchanged unless you collected.".to_owned(),
            VoucherState::Returned => {
                format!("{taken} of {shares} collected; it ended {until}, and the rest went back to the issuer.")
            }
            VoucherState::Withdrawn => format!(
                "The issuer took it back after {taken} of {shares} were collected. What was paid stays paid; \
                 your account is unchanged. To know why, ask the issuer."
            ),
        };
        format!("{}: {what}\nsince   {}", self.state, time(self.since))
    }
}

impl Text for Imported {
    fn text(&self) -> String {
        let known = if self.new { "" } else { " (it was here already)" };
        format!("Taken in: {}{known}", self.id)
    }
}

impl Text for Archived {
    fn text(&self) -> String {
        match self.state {
            PacketState::Archived => format!("Put away: {}", self.id),
            state => format!("Taken out: {} ({state})", self.id),
        }
    }
}

impl Text for Exported {
    fn text(&self) -> String {
        format!("Written: {} events into {}", self.events, self.path.display())
    }
}

impl Text for Listed {
    fn text(&self) -> String {
        let collection = self.collection.map(|it| it.to_string()).or(self.goods.map(|it| it.to_string()));
        let state = collection.map_or_else(|| self.state.to_string(), |it| format!("{}, {it}", self.state));
        let whose = if self.stranger.is_some() { "  from somebody who is no friend" } else { "" };
        format!("{}  No. {}  {}  {}  {state}{whose}", self.id, self.serial, self.title, money(self.amount))
    }
}

impl Text for Shown {
    fn text(&self) -> String {
        let mut lines =
            vec![self.inspection.text(), format!("state   {} since {}", self.state, time(self.received_at))];
        if let Some(sender) = &self.from {
            lines.push(format!("sent by {}", sender.name.clone().unwrap_or_else(|| sender.client.to_string())));
        }
        lines.extend(self.from_stranger.then(|| "from somebody who is no friend; keep it with: keep ID".to_owned()));
        lines.extend(self.forwards.iter().filter_map(|forward| {
            let opened = if forward.opened { ", opened" } else { "" };
            Some(format!("for {}: {}{opened}", forward.to?, word(&forward.state)))
        }));
        lines.extend(self.collection.as_ref().map(Text::text));
        lines.extend(self.draw.as_ref().map(Text::text));
        lines.extend(self.handover.as_ref().map(Text::text));
        lines.extend(self.history.iter().map(Text::text));
        lines.join("\n")
    }
}

impl Text for Opened {
    fn text(&self) -> String {
        let told = match (self.notice, self.receipt, &self.problem) {
            (Notice::None, ..) => "Nobody was told.".to_owned(),
            (Notice::Queued, ..) => "The enterprise will be told as soon as it can be reached: sync".to_owned(),
            (Notice::Answered, _, Some(problem)) => format!("The enterprise refused: {}", problem.detail),
            (Notice::Answered, receipt, None) => {
                let reason = self.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                match receipt {
                    Some(ReceiptResult::Rewarded) => {
                        "The enterprise was told; whoever forwarded it to you gets a reward.".to_owned()
                    }
                    Some(ReceiptResult::Waiting) => {
                        "The enterprise was told; whoever forwarded it to you gets a reward when you have collected."
                            .to_owned()
                    }
                    Some(ReceiptResult::AlreadyKnown) => "The enterprise knew that you have it.".to_owned(),
                    Some(ReceiptResult::NotRewarded) | None => format!("The enterprise was told; no reward{reason}."),
                }
            }
        };
        format!("Opened: {}\n{told}", money(self.amount))
    }
}

impl Text for Forwarded {
    fn text(&self) -> String {
        let hosted = self.hosted.as_ref();
        let what = match (&self.path, &self.link, self.to) {
            (Some(path), None, _) if path.extension().is_some_and(|kind| kind == "png") => {
                format!("Written to {}\nNo short link is on it: send it as the original.", path.display())
            }
            (Some(path), ..) => format!("Written to {}", path.display()),
            (None, Some(link), _) => link.clone(),
            (None, None, _) if hosted.is_some_and(|hosted| hosted.state != LinkState::Made) => {
                format!("Short link: {}", optional(hosted.map(|hosted| word(&hosted.state)).as_ref()))
            }
            (None, None, Some(to)) => format!("For {to}: {}\n{}", word(&self.state), became(self.state)),
            (None, None, None) => word(&self.state),
        };
        let money = match self.money {
            Money::OwnShare => "Friends get a share of their own.",
            Money::FirstCome => "One gift: whoever collects first gets it.",
            Money::AlreadyCollected => "You collected this; friends can only look.",
        };
        match self.problem.as_ref().or(hosted.and_then(|hosted| hosted.problem.as_ref())) {
            Some(problem) => format!("{what}\n{} {}", problem.detail, problem.next),
            None => format!("{what}\n{money}"),
        }
    }
}

/// What a forwarding's state says of it.
const fn became(state: ForwardState) -> &'static str {
    match state {
        ForwardState::Made => "It left as a file, a link or a picture.",
        ForwardState::Queued => "It waits to be sent.",
        ForwardState::Sent => "It lies in the inbox.",
        ForwardState::Delivered => "It is in the friend's wallet, so it is not taken back any more.",
        ForwardState::Recalling => "Taking it back waits for its server.",
        ForwardState::Recalled => "It was taken back; nobody fetched it.",
        ForwardState::Dropped => "It was kept for 30 days, and nobody fetched it.",
        ForwardState::Refused => "It was not passed on.",
    }
}

impl Text for Kept {
    fn text(&self) -> String {
        format!("{} stands with the other packets", self.id)
    }
}

impl Text for Blocked {
    fn text(&self) -> String {
        let name = self.name.as_deref().unwrap_or("");
        format!("{} {name} since {}; not kept since: {}", self.client, time(self.since), self.dropped)
    }
}

impl Text for Synced {
    fn text(&self) -> String {
        let mut lines = vec![format!("{} sent, {} waiting, {} received", self.sent, self.waiting, self.received.len())];
        lines.extend(self.received.iter().map(|id| {
            let whose = if self.others.contains(id) { " from somebody who is no friend" } else { "" };
            format!("received {id}{whose}")
        }));
        lines.extend(self.forwards.iter().map(|id| format!("news of a forwarding: {id}; see it with: show {id}")));
        lines.extend(self.draws.iter().map(|id| format!("draw computed again: {id}; see it with: show {id}")));
        lines.extend(self.found.iter().map(|id| format!("collected before: {id}; see it with: show {id}")));
        lines.extend(self.problems.iter().map(|problem| format!("{} {}", problem.detail, problem.next)));
        lines.join("\n")
    }
}

impl Text for ImportedMany {
    fn text(&self) -> String {
        let new = self.packets.iter().filter(|imported| imported.new).count();
        let (there, refused) = (self.packets.len() - new, self.refused.len());
        let mut lines = vec![format!("{new} new, {there} were here, {refused} not taken in")];
        lines.extend(self.refused.iter().map(|one| format!("{}: {}", one.path.display(), one.detail)));
        lines.join("\n")
    }
}

impl Text for LinkedAccount {
    fn text(&self) -> String {
        format!("{}  {}  {}", self.account, self.holder, self.bank)
    }
}

impl Text for Collected {
    fn text(&self) -> String {
        // Only of a lucky share nobody knows before how much it is.
        let amount = self.amount.map_or_else(|| "a random share".to_owned(), |amount| amount.to_string());
        let share = self.share.map(|share| format!(" (share {share})")).unwrap_or_default();
        let mut lines = vec![format!("{}: {amount}{share}", self.state)];
        lines.extend(self.steps.iter().map(|step| format!("  {}  {}", time(step.at), step.state)));
        lines.extend(self.reason.as_ref().map(|reason| format!("because: {reason}. {}", because(reason))));
        lines.extend(self.told.as_ref().map(|words| format!("the bank says: {}", words.replace('\n', " / "))));
        let held = self.decides_by.map(|by| format!("A clerk of the bank looks at it first, until {}.", time(by)));
        lines.extend(held);
        lines.extend((self.state == CollectionState::Uncertain).then(|| {
            "The issuing bank does not answer. The money is safe: it is asked again, and never pays twice.".to_owned()
        }));
        lines.extend(self.problem.as_ref().map(|problem| format!("{} {}", problem.detail, problem.next)));
        if !self.sent {
            lines.push("The bank could not be reached yet; it is asked again: sync".to_owned());
        }
        lines.join("\n")
    }
}

/// In what a draw does not hold, in words.
const fn flaw(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::OtherSeed => "the seed is not the one that the packet was bound to",
        Flaw::OtherTerms => "the pot, the number of shares or the voucher is not the packet's",
        Flaw::OtherShares => "a place was paid another amount than was drawn for it",
        Flaw::PlacesMissing => "places are missing, or two pages of it say different things",
        Flaw::PlaceTwice => "one collector was paid at two places",
        Flaw::OwnAmount => "you were paid another amount than was drawn for your place",
        Flaw::OwnPlace => "your place is marked as somebody else's, or as not paid",
    }
}

impl Text for DrawView {
    fn text(&self) -> String {
        let own = self.share.map(|share| format!("Your share {share} of {} is {}.", self.shares, money(self.amount)));
        let told = match self.state {
            DrawState::Waiting => format!(
                "The draw is not closed yet. It is published when everybody has collected, at the latest by {}.",
                time(self.until)
            ),
            DrawState::Overdue => format!(
                "THE BANK HAS NOT PUBLISHED THE DRAW. It should have by {}.\n\
                 What you were paid is yours; whether it was drawn fairly cannot be checked. Ask the bank.",
                time(self.until)
            ),
            DrawState::Broken => format!(
                "THE BANK'S DRAW DOES NOT HOLD: {}.\n\
                 What the bank signed is evidence; see it with --json. Show it to the bank and to the issuer.",
                self.flaw.map(flaw).unwrap_or_default()
            ),
            DrawState::Holds => format!(
                "The draw holds: the packet was bound to the seed, and all {} shares were computed again.\n\
                 Compared with the bank's list: {} of {} paid places, as drawn.\n\
                 Not proved: that nobody was let wait for a good place, and that bank and issuer together did not try \
                 many draws.",
                self.shares,
                self.compared.unwrap_or_default(),
                self.paid.unwrap_or_default()
            ),
        };
        own.into_iter().chain([told]).collect::<Vec<_>>().join("\n")
    }
}

/// What a reason means, whether the money is safe, and what to do.
fn because(reason: &str) -> &'static str {
    let Ok(reason) = reason.parse::<RefusalReason>() else { return "Nothing was moved." };
    match reason {
        RefusalReason::AlreadyCollected => "You had your share before; it is in your account. Nothing more to do.",
        RefusalReason::AllSharesCollected => "Others were first. Your account is unchanged.",
        RefusalReason::Expired => "It ended; what was left went back to the issuer. Your account is unchanged.",
        RefusalReason::Withdrawn => "The issuer took it back. Your account is unchanged; to know why, ask the issuer.",
        RefusalReason::NotYetValid => "It begins later. The money stays frozen; collect again then.",
        RefusalReason::NotEntitled => {
            "It is meant for somebody else. The money stays frozen; ask whoever sent it for one of your own."
        }
        RefusalReason::CapReached => {
            "You have had as many rewards of this campaign as one person can. The money stays with the issuer."
        }
        RefusalReason::UnknownVoucher => {
            "The bank never froze money for this. Nothing was moved; ask the issuer whether it is real."
        }
        RefusalReason::TimedOut => "Your bank did not look at it in time. The money stays frozen; collect again.",
        RefusalReason::IdentityUnclear => {
            "Your bank must see your document first. The money stays frozen; go there, then collect again."
        }
        RefusalReason::AccountRestricted => {
            "This account cannot take it. The money stays frozen; collect with another account, or ask your bank."
        }
        RefusalReason::Irregular => "Your bank thinks something is wrong. The money stays frozen; ask your bank.",
        RefusalReason::Declined => "Your bank said no. The money stays frozen; ask your bank, then collect again.",
    }
}

impl Text for AcceptanceChoice {
    fn text(&self) -> String {
        let how = match self.acceptance {
            Some(AcceptedBy::Auto) => "accepted at once",
            Some(AcceptedBy::Clerk) => "looked at by a clerk first",
            None => "accepted as the bank has set for everybody",
        };
        format!("{}: what is collected is {how}.", self.account)
    }
}

impl Text for GoodsCollected {
    fn text(&self) -> String {
        let mut lines = vec![self.state.to_string()];
        if let (true, Some(code)) = (self.state.is_open(), self.code) {
            lines.push(format!("code    {code}"));
            lines.push("Show it only to whoever hands the goods over: it works once, for anybody.".to_owned());
        }
        lines.extend(self.until.map(|until| format!("until   {}", time(until))));
        lines.extend(self.tracking.as_ref().map(|tracking| format!("parcel  {tracking}")));
        lines.extend(self.steps.iter().map(|step| format!("  {}  {}", time(step.at), step.state)));
        lines.extend(self.reason.as_ref().map(|reason| format!("because: {reason}")));
        lines.extend(self.problem.as_ref().map(|problem| format!("{} {}", problem.detail, problem.next)));
        if !self.sent {
            lines.push("The issuer could not be reached yet; it is asked again: sync".to_owned());
        }
        lines.join("\n")
    }
}

impl Text for RewardListed {
    fn text(&self) -> String {
        let what = self.reward_for.as_ref().map(|reward| format!("  for {}", reward.packet)).unwrap_or_default();
        format!("{}  {}  {}{what}", self.id, money(self.amount), self.state)
    }
}

impl Text for OwnCard {
    fn text(&self) -> String {
        let written = self.card.as_ref().map(|card| format!("\nCard written to {}", card.display()));
        format!("{}\nTo compare aloud: {}\n{}{}", self.client, self.fingerprint, self.link, written.unwrap_or_default())
    }
}

impl Text for CardSeen {
    fn text(&self) -> String {
        let name = self.name.as_deref().unwrap_or("(no name)");
        let changes: Vec<String> = self.changes.iter().map(word).collect();
        let standing = match self.standing {
            CardStanding::Own => "This is your own card.".to_owned(),
            CardStanding::New => "Nobody you have as a friend yet.".to_owned(),
            CardStanding::Same => "You have this card.".to_owned(),
            CardStanding::Changed => format!("A newer card of a friend; it changes: {}.", changes.join(", ")),
            CardStanding::Older => "Older than the card that you have.".to_owned(),
        };
        format!("{}  {name}\nTo compare aloud: {}\n{standing}", self.client, self.fingerprint)
    }
}

impl Text for Friend {
    fn text(&self) -> String {
        let compared = if self.compared { "" } else { "  (not compared)" };
        format!("{}  {}{compared}", self.client, self.name)
    }
}

impl Text for KnownIssuer {
    fn text(&self) -> String {
        format!("{}  {}", self.origin, self.name)
    }
}

impl Text for KnownBank {
    fn text(&self) -> String {
        format!("{}  {}  {}", self.origin, self.name, self.account_prefixes.join(" "))
    }
}

impl Text for Event {
    fn text(&self) -> String {
        let detail = self.detail.as_deref().map(|detail| format!("  {detail}")).unwrap_or_default();
        format!("{}  {}  {}{detail}", time(self.at), self.kind, self.packet)
    }
}
