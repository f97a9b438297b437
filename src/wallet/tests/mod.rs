//! What a wallet promises, tried with real sockets, a real database and clocks of our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cards;
pub(crate) mod doubles;
mod earlier;
mod goods;
mod keeping;
mod keys;
mod lucky;
mod relayed;
mod sealed;
mod strangers;

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use self::doubles::{Bank, CODE, Enterprise, NOW, Person, Terms, yuan};
use super::*;
use crate::api::inbox::ItemKind;
use crate::api::problem::Problem;
use crate::api::states::{AcceptedBy, CollectionState, NoRewardReason, PacketState, ReceiptResult, RefusalReason};
use crate::jose::{Digest, SigningKey};
use crate::packet::claims::reward_for;
use crate::packet::{PacketFile, Placement, Verdict, When, chain, link};
use crate::random::{Random as _, SystemRandom};

const TELL: OpenOptions = OpenOptions { tell: true, show_me: false };

fn by(carrier: Carrier) -> ForwardOptions {
    ForwardOptions { carrier, friend: None, words: Words::None }
}

fn to(friend: &str) -> ForwardOptions {
    ForwardOptions { carrier: Carrier::Relay, friend: Some(friend.to_owned()), words: Words::None }
}

fn into(bank: &Bank) -> CollectOptions {
    CollectOptions { account: bank.account(), anyway: false, wait: Duration::ZERO }
}

async fn take(wallet: &Wallet, file: &PacketFile) -> String {
    wallet.import(&file.to_bytes()).await.unwrap().id.to_string()
}

fn code<T: std::fmt::Debug>(result: Result<T, WalletError>) -> String {
    result.unwrap_err().code().to_owned()
}

/// A file forwarded by somebody who is no person of the test.
fn passed_by(file: &PacketFile, key: &SigningKey, to: Option<ClientId>) -> PacketFile {
    let next = chain::NextHop { jti: SystemRandom.uuid(NOW * 1000), iat: NOW, to, note: None };
    chain::forward(file, key, &next).unwrap()
}

async fn befriend(wallet: &Wallet, friend: &Wallet, name: &str, dir: &Person) {
    let card = dir.dir.path().join(format!("{name}.card"));
    friend.own_card(Some(&card), Some(name)).await.unwrap();
    wallet.add_friend(&std::fs::read(card).unwrap(), None).await.unwrap();
}

#[tokio::test]
async fn a_packet_goes_all_the_way() {
    let (enterprise, issuing, collecting) =
        (Enterprise::start(1).await, Bank::start(2, "620000").await, Bank::start(3, "620001").await);
    issuing.befriend(&collecting);
    let (anna, ben) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&issuing]).await;
    let b = ben.wallet_knowing(&enterprise, &[&issuing, &collecting]).await;
    befriend(&a, &b, "Ben", &ben).await;

    let file = enterprise.packet(&issuing, &Terms { shares: 2, ..Terms::default() });
    let id = take(&a, &file).await;
    let opened = a.open_packet(&id[..6], TELL).await.unwrap();
    assert_eq!((opened.notice, opened.receipt), (Notice::Answered, Some(ReceiptResult::NotRewarded)));
    assert_eq!(opened.reason, Some(NoRewardReason::NotForwarded));
    let forwarded = a.forward(&id, to("Ben")).await.unwrap();
    assert_eq!((forwarded.state, forwarded.n, forwarded.money), (ForwardState::Sent, 1, Money::OwnShare));

    let synced = b.sync().await.unwrap();
    assert_eq!((synced.received.len(), synced.problems.len()), (1, 0));
    assert_eq!(b.show(&id).await.unwrap().from.unwrap().client, a.client_id().await.unwrap().unwrap());
    let opened = b.open_packet(&id, TELL).await.unwrap();
    assert_eq!((opened.receipt, opened.state), (Some(ReceiptResult::Rewarded), PacketState::Opened));
    assert_eq!(opened.reward, Some(reward_for(&file.packet.id(), &b.client_id().await.unwrap().unwrap())));

    assert_eq!(code(b.link_account(&collecting.account(), "wrong").await), "wrong-code");
    let linked = b.link_account(&collecting.account(), CODE).await.unwrap();
    assert_eq!((linked.holder.as_str(), &linked.bank), ("李小明", &collecting.origin));
    let collected =
        b.collect(&id, &CollectOptions { wait: Duration::from_secs(20), ..into(&collecting) }).await.unwrap();
    assert_eq!((collected.state, collected.amount, collected.sent), (CollectionState::Paid, Some(yuan(88)), true));
    let steps: Vec<_> = collected.steps.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(steps, ["applied", "accepted", "released", "paid"]);
    assert_eq!(b.collect(&id, &into(&collecting)).await.unwrap(), collected, "once; a second call shows the first");
    let kinds: Vec<_> = b.history().await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["received", "opened", "told", "applied", "accepted", "paid"]);
}

#[tokio::test]
async fn what_is_not_genuine_is_not_kept() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let forger = Enterprise::start(9).await;
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let file = enterprise.packet(&bank, &Terms::default());
    let other = enterprise.packet(&bank, &Terms { shares: 3, ..Terms::default() });
    let lifted = PacketFile { voucher: other.voucher.clone(), ..file.clone() };
    assert_eq!(code(wallet.import(&lifted.to_bytes()).await), "not-genuine");
    let mut grafted = passed_by(&other, &doubles::key(7), None);
    grafted.packet = file.packet.clone();
    grafted.voucher = file.voucher.clone();
    assert_eq!(code(wallet.import(&grafted.to_bytes()).await), "not-genuine");
    assert_eq!(code(wallet.import(b"{}").await), "unreadable");
    assert_eq!(code(wallet.import_link("hongbao:1?p=x").await), "unreadable");
    assert_eq!(code(wallet.import_link("https://127.0.0.1/x").await), "bad-link");
    assert!(wallet.list().await.unwrap().is_empty());

    // Not pinned and no bank one knows: kept, shown as unchecked, opened only after asking its issuer.
    let stranger = Bank::start(8, "620009").await;
    let unknown = forger.packet(&stranger, &Terms::default());
    let id = take(&wallet, &unknown).await;
    assert_eq!(wallet.show(&id).await.unwrap().inspection.verdict, Verdict::Unchecked);
    let refused = wallet.open_packet(&id, TELL).await.unwrap_err();
    assert_eq!(refused.code(), "cannot-check-offline");
    assert!(refused.next().contains(forger.origin.as_str()), "a loopback issuer must be added by the person");
    assert_eq!(forger.mood.requests.load(SeqCst), 0, "nothing on this machine is called on a packet's word");
    wallet.add_issuer(&forger.origin).await.unwrap();
    assert_eq!(wallet.open_packet(&id, TELL).await.unwrap().notice, Notice::Answered);
}

#[tokio::test]
async fn the_better_copy_is_kept_until_something_was_done() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let own = wallet.own_card(None, None).await.unwrap().client;
    let file = enterprise.packet(&bank, &Terms::default());
    let for_another = passed_by(&file, &doubles::key(7), Some(doubles::key(8).public().thumbprint()));
    let for_me = passed_by(&file, &doubles::key(7), Some(own));
    let id = take(&wallet, &for_another).await;
    assert!(!wallet.import(&for_me.to_bytes()).await.unwrap().new);
    let to = |shown: Shown| shown.inspection.hops[0].to;
    assert_eq!(to(wallet.show(&id).await.unwrap()), Some(own), "this copy entitles");
    wallet.import(&for_another.to_bytes()).await.unwrap();
    assert_eq!(to(wallet.show(&id).await.unwrap()), Some(own), "the first of two that serve");
    assert_eq!(wallet.list().await.unwrap().len(), 1);
    for (named, wrong) in [(&id[..5], "ambiguous-id"), ("AAAAAAAA", "unknown-packet")] {
        assert_eq!(code(wallet.show(named).await), wrong);
    }
}

#[tokio::test]
async fn a_notice_is_told_once_whatever_happens() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let file = passed_by(&enterprise.packet(&bank, &Terms::default()), &doubles::key(7), None);
    let id = take(&wallet, &file).await;

    // The enterprise decides and its answer is lost; then the wallet is killed.
    enterprise.mood.mute.store(true, SeqCst);
    assert_eq!(wallet.open_packet(&id, TELL).await.unwrap().notice, Notice::Queued);
    assert_eq!(wallet.open_packet(&id, TELL).await.unwrap().notice, Notice::Queued);
    drop(wallet);
    let wallet = person.wallet().await;
    let synced = wallet.sync().await.unwrap();
    assert_eq!((synced.sent, synced.waiting, synced.problems.len()), (0, 1, 1));
    assert_eq!(synced.problems[0].origin, enterprise.origin);

    enterprise.mood.mute.store(false, SeqCst);
    let (one, other) = (person.wallet().await, person.wallet().await);
    let (first, second) = tokio::join!(one.sync(), other.sync());
    assert_eq!(first.unwrap().waiting + second.unwrap().waiting, 0);
    assert_eq!(enterprise.receipts.lock().unwrap().len(), 1, "one notice, one receipt");
    let opened = wallet.open_packet(&id, TELL).await.unwrap();
    assert_eq!((opened.notice, opened.receipt), (Notice::Answered, Some(ReceiptResult::Rewarded)));
    assert_eq!(wallet.sync().await.unwrap().sent, 0);
}

#[tokio::test]
async fn two_programs_open_the_same_packet_once() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let one = person.wallet_knowing(&enterprise, &[&bank]).await;
    let other = person.wallet().await;
    let id = take(&one, &enterprise.packet(&bank, &Terms::default())).await;
    let (first, second) = tokio::join!(one.open_packet(&id, TELL), other.open_packet(&id, TELL));
    assert_eq!((first.is_ok(), second.is_ok()), (true, true));
    assert_eq!(enterprise.receipts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn offline_only_what_a_known_bank_vouches_for_is_opened() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet().await;
    wallet.add_bank(&bank.origin).await.unwrap();
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    assert_eq!(wallet.show(&id).await.unwrap().inspection.checked_by.as_deref(), Some("Bank 620000"));
    let opened = wallet.open_packet(&id, TELL).await.unwrap();
    assert_eq!((opened.notice, opened.state), (Notice::Queued, PacketState::Opened));
    wallet.add_issuer(&enterprise.origin).await.unwrap();
    let synced = wallet.sync().await.unwrap();
    assert_eq!((synced.sent, synced.waiting, synced.problems.len()), (1, 0, 0));

    let silent = enterprise.packet(&bank, &Terms { shares: 2, ..Terms::default() });
    let silent = take(&wallet, &silent).await;
    let options = OpenOptions { tell: false, show_me: false };
    assert_eq!(wallet.open_packet(&silent, options).await.unwrap().notice, Notice::None);
    assert_eq!(wallet.sync().await.unwrap().sent, 0);
    assert_eq!(enterprise.receipts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_notice_is_answered_and_not_repeated() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    // So far ahead that following its clock once is not enough: it stays a problem, and waits.
    enterprise.mood.ahead.store(4000, SeqCst);
    assert_eq!(wallet.open_packet(&id, TELL).await.unwrap().notice, Notice::Answered, "its clock is followed");
    enterprise.mood.ahead.store(0, SeqCst);
    assert_eq!(wallet.sync().await.unwrap().problems, []);
}

#[tokio::test]
async fn pinned_keys_are_never_replaced() {
    let enterprise = Enterprise::start(1).await;
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[]).await;
    assert_eq!(code(wallet.add_bank(&enterprise.origin).await), "wrong-role");
    assert!(wallet.add_issuer(&enterprise.origin).await.is_ok(), "the same keys again");
    let origin = enterprise.origin.clone();
    wallet
        .store
        .decide(move |tx| {
            let other = to_json(&[doubles::key(9).public()])?;
            tx.execute("UPDATE issuer SET keys = ?2 WHERE origin = ?1", &values![origin.as_str(), other])?;
            Ok::<_, WalletError>(())
        })
        .await
        .unwrap();
    assert_eq!(code(wallet.add_issuer(&enterprise.origin).await), "key-changed");
    assert_eq!(wallet.issuers().await.unwrap()[0].keys, [doubles::key(9).public().thumbprint()]);
    let nobody = Origin::parse("http://127.0.0.1:1").unwrap();
    assert_eq!(code(wallet.add_bank(&nobody).await), "unreachable");
    assert_eq!(code(wallet.import_link("http://127.0.0.1:1/p/abc").await), "not-allowed", "adding it failed");
}

#[tokio::test]
async fn forwarding_keeps_the_rules() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben) = (Person::new(), Person::new());
    let wallet = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let friend = ben.wallet_knowing(&enterprise, &[]).await;
    befriend(&wallet, &friend, "Ben", &ben).await;
    let own = wallet.own_card(None, None).await.unwrap().client;
    let packet = |terms: Terms| enterprise.packet(&bank, &terms);

    let fixed = take(&wallet, &packet(Terms { max_hops: None, ..Terms::default() })).await;
    assert_eq!(code(wallet.forward(&fixed, by(Carrier::Link)).await), "not-forwardable");
    let once = packet(Terms { max_hops: Some(1), ..Terms::default() });
    let once = take(&wallet, &passed_by(&once, &doubles::key(7), None)).await;
    assert_eq!(code(wallet.forward(&once, by(Carrier::Link)).await), "hops-used-up");
    let another = packet(Terms { to: Some(doubles::key(8).public().thumbprint()), ..Terms::default() });
    let another = take(&wallet, &another).await;
    assert_eq!(code(wallet.forward(&another, by(Carrier::Link)).await), "not-holder");
    let inside = take(&wallet, &packet(Terms { placement: Placement::Contents, ..Terms::default() })).await;
    assert_eq!(code(wallet.forward(&inside, by(Carrier::Link)).await), "open-first");
    wallet.open_packet(&inside, TELL).await.unwrap();
    let made = wallet.forward(&inside, by(Carrier::Link)).await.unwrap();
    assert_eq!((made.money, made.meant_for_only, made.to), (Money::FirstCome, false, None));
    let read = link::read(made.link.as_deref().unwrap()).unwrap();
    assert_eq!((read.hops.len(), read.hops[0].by()), (1, own));

    let path = anna.dir.path().join("for-ben.hongbao");
    let mine = take(&wallet, &packet(Terms { to: Some(own), ..Terms::default() })).await;
    let save = ForwardOptions {
        friend: Some("Ben".into()),
        words: Words::Own("新年好".into()),
        ..by(Carrier::Save(path.clone()))
    };
    let made = wallet.forward(&mine, save.clone()).await.unwrap();
    assert_eq!((made.meant_for_only, made.n, made.state), (true, 1, ForwardState::Made));
    let saved = PacketFile::read(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(saved.note.unwrap().claims.text, "新年好");
    assert_eq!(code(wallet.forward(&mine, save.clone()).await), "exists");
    let second = ForwardOptions { carrier: Carrier::Save(anna.dir.path().join("again.hongbao")), ..save };
    wallet.forward(&mine, second).await.unwrap();
    assert_eq!(wallet.show(&mine).await.unwrap().forwards.len(), 1, "the same friend, the same hop");
    assert_eq!(code(wallet.forward(&mine, by(Carrier::Link)).await), "passed-on");
    assert_eq!(code(wallet.collect(&mine, &into(&bank)).await), "passed-on");
    assert_eq!(wallet.forward(&mine, to("Ben")).await.unwrap().state, ForwardState::Sent);
    assert_eq!(wallet.forward(&mine, to("Ben")).await.unwrap().state, ForwardState::Sent);
    assert_eq!(enterprise.items.lock().unwrap().len(), 1, "delivered once");
    assert_eq!(friend.sync().await.unwrap().received, [mine.parse::<Digest>().unwrap()]);
    assert_eq!(code(wallet.forward(&mine, to("Nobody")).await), "unknown-friend");

    anna.clock.set(NOW + 7200);
    assert_eq!(code(wallet.forward(&inside, by(Carrier::Link)).await), "expired");
    assert_eq!(
        wallet.open_packet(&another, OpenOptions { tell: false, show_me: false }).await.unwrap().state,
        PacketState::Opened
    );
}

#[tokio::test]
async fn a_forward_to_a_friend_waits_while_offline() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben) = (Person::new(), Person::new());
    let wallet = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let friend = ben.wallet_knowing(&enterprise, &[]).await;
    befriend(&wallet, &friend, "Ben", &ben).await;
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    enterprise.mood.down.store(true, SeqCst);
    assert_eq!(wallet.forward(&id, to("Ben")).await.unwrap().state, ForwardState::Queued);
    assert!(wallet.next_due_ms().await.unwrap().is_some());
    drop(wallet);
    enterprise.mood.down.store(false, SeqCst);
    anna.clock.advance(Duration::from_secs(1));
    let wallet = anna.wallet().await;
    assert_eq!(wallet.sync_due().await.unwrap().sent, 1);
    assert_eq!(wallet.next_due_ms().await.unwrap(), None);
    assert_eq!(friend.sync().await.unwrap().received.len(), 1);
}

#[tokio::test]
async fn collecting_survives_being_offline_and_killed() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;

    bank.mood.down.store(true, SeqCst);
    let applied = wallet.collect(&id, &into(&bank)).await.unwrap();
    assert_eq!((applied.state, applied.sent, applied.steps.len()), (CollectionState::Applied, false, 1));
    bank.mood.down.store(false, SeqCst);
    bank.mood.mute.store(true, SeqCst);
    assert!(!wallet.collect(&id, &into(&bank)).await.unwrap().sent);
    drop(wallet);

    bank.mood.mute.store(false, SeqCst);
    // A clock an hour fast is told by the bank and followed.
    bank.mood.ahead.store(3600, SeqCst);
    let wallet = person.wallet().await;
    assert_eq!(wallet.sync().await.unwrap().problems, []);
    wallet.sync().await.unwrap();
    let paid = wallet.collect(&id, &into(&bank)).await.unwrap();
    assert_eq!((paid.state, paid.collection, paid.sent), (CollectionState::Paid, applied.collection, true));
    assert_eq!(bank.collections.lock().unwrap().len(), 1, "one collection, however often it was sent");
}

/// It was put back from a copy that is older than the application.
#[tokio::test]
async fn a_bank_that_forgot_an_application_gets_the_same_again() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    let applied = wallet.collect(&id, &into(&bank)).await.unwrap();
    bank.collections.lock().unwrap().clear();
    wallet.sync().await.unwrap();
    assert_eq!(wallet.waiting_count().await.unwrap(), 1, "it waits to be sent again");
    for _ in 0..3 {
        wallet.sync().await.unwrap();
    }
    assert_eq!(bank.collections.lock().unwrap().keys().copied().collect::<Vec<_>>(), [applied.collection]);
    assert_eq!(wallet.collect(&id, &into(&bank)).await.unwrap().state, CollectionState::Paid);
    // What is over is asked for by nobody.
    bank.collections.lock().unwrap().clear();
    wallet.sync().await.unwrap();
    assert_eq!((bank.applications(), wallet.waiting_count().await.unwrap()), (0, 0));
}

#[tokio::test]
async fn the_archive_changes_where_a_packet_is_shown_and_nothing_else() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let id = take(&wallet, &enterprise.packet(&bank, &Terms { shares: 2, ..Terms::default() })).await;
    let state = async || wallet.list().await.unwrap()[0].state;
    assert_eq!(wallet.archive(&id[..6]).await.unwrap().state, PacketState::Archived);
    assert_eq!(wallet.archive(&id).await.unwrap().state, PacketState::Archived);
    assert_eq!(wallet.history().await.unwrap().iter().filter(|event| event.kind == "archived").count(), 1);
    assert_eq!(wallet.unarchive(&id).await.unwrap().state, PacketState::Received);

    // What is done with it meanwhile is what it comes back as.
    wallet.archive(&id).await.unwrap();
    wallet.open_packet(&id, TELL).await.unwrap();
    assert_eq!(state().await, PacketState::Archived);
    assert_eq!(wallet.unarchive(&id).await.unwrap().state, PacketState::Opened);
    wallet.archive(&id).await.unwrap();
    wallet.forward(&id, by(Carrier::Link)).await.unwrap();
    assert_eq!(state().await, PacketState::Archived);
    assert_eq!(wallet.unarchive(&id).await.unwrap().state, PacketState::Forwarded);
    assert_eq!(wallet.unarchive(&id).await.unwrap().state, PacketState::Forwarded, "twice changes nothing");
    assert_eq!(code(wallet.archive("nothing").await), "unknown-packet");
}

#[tokio::test]
async fn what_a_clerk_says_is_shown_as_it_is_or_not_at_all() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    for (words, told) in [("请带身份证来", Some("请带身份证来")), ("pay \u{202e}here", None)] {
        wallet.collect(&id, &into(&bank)).await.unwrap();
        *bank.rejects.lock().unwrap() = Some((RefusalReason::IdentityUnclear, words));
        wallet.sync().await.unwrap();
        let shown = wallet.show(&id).await.unwrap().collection.unwrap();
        assert_eq!((shown.state, shown.reason.as_deref()), (CollectionState::Rejected, Some("identity-unclear")));
        assert_eq!(shown.told.as_deref(), told);
        *bank.rejects.lock().unwrap() = None;
    }
}

#[tokio::test]
async fn a_refused_collection_can_be_tried_anew() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let elsewhere = Bank::start(4, "620004").await;
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank, &elsewhere]).await;
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    let refused = wallet.collect(&id, &into(&bank)).await.unwrap_err();
    assert_eq!(refused.code(), "account-not-linked");
    assert!(refused.next().contains("account link"), "{}", refused.next());
    for bank in [&bank, &elsewhere] {
        wallet.link_account(&bank.account(), CODE).await.unwrap();
    }
    let refused = wallet.collect(&id, &into(&elsewhere)).await.unwrap_err();
    assert_eq!(refused.code(), "bank-does-not-take-part");
    assert!(refused.to_string().contains("Bank 620000"), "{refused}");

    let problem = Problem::new("account-not-linked", 403, "Not linked", "Link the account first.");
    *bank.refuses.lock().unwrap() = Some(problem);
    let rejected = wallet.collect(&id, &into(&bank)).await.unwrap();
    assert_eq!((rejected.state, rejected.reason.as_deref()), (CollectionState::Rejected, Some("account-not-linked")));
    *bank.refuses.lock().unwrap() = None;
    let again = wallet.collect(&id, &into(&bank)).await.unwrap();
    assert_eq!(again.state, CollectionState::Accepted);
    assert_ne!(again.collection, rejected.collection);

    let own = wallet.client_id().await.unwrap();
    let theirs = passed_by(
        &enterprise.packet(&bank, &Terms { shares: 5, ..Terms::default() }),
        &doubles::key(7),
        Some(doubles::key(8).public().thumbprint()),
    );
    assert_ne!(theirs.hops[0].claims.to, own);
    let theirs = take(&wallet, &theirs).await;
    assert_eq!(code(wallet.collect(&theirs, &into(&bank)).await), "not-holder");
}

#[tokio::test]
async fn a_voucher_of_an_unknown_bank_is_told_no_account() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    // It claims to hold the victim's very account.
    let hostile = Bank::start(4, "620000").await;
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    // The loopback origin is one that the wallet may call, so that only its own judgement holds it back.
    wallet.surroundings.client.allow(hostile.origin.clone());
    let id = take(&wallet, &enterprise.packet(&hostile, &Terms::default())).await;
    let refused = wallet.collect(&id, &into(&bank)).await.unwrap_err();
    assert_eq!(refused.code(), "bank-unknown");
    assert!(refused.next().contains(&format!("bank add {}", hostile.origin)), "{}", refused.next());
    wallet.sync().await.unwrap();
    assert_eq!(hostile.mood.requests.load(SeqCst), 0, "nobody asked it anything");
    assert_eq!(wallet.show(&id).await.unwrap().collection, None);

    // Known, but the account is elsewhere, whatever it says of its prefixes.
    wallet.add_bank(&hostile.origin).await.unwrap();
    assert_eq!(code(wallet.collect(&id, &into(&bank)).await), "bank-does-not-take-part");
    assert!(hostile.collections.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_planted_copy_does_not_keep_the_genuine_one_out() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet().await;
    wallet.add_issuer(&enterprise.origin).await.unwrap();
    let own = wallet.own_card(None, None).await.unwrap().client;
    let file = enterprise.packet(&bank, &Terms::default());

    // While the bank is unknown, a forged voucher in its name cannot be told from a real one.
    let real = file.voucher.clone().unwrap();
    let jws = crate::jose::Jws::sign(&doubles::key(9), crate::jose::Typ::Voucher, &real.claims).unwrap();
    let forged = PacketFile { voucher: Some(crate::packet::file::Voucher { jws, ..real }), ..file.clone() };
    let id = take(&wallet, &forged).await;
    wallet.open_packet(&id, TELL).await.unwrap();
    wallet.add_bank(&bank.origin).await.unwrap();
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    assert_eq!(code(wallet.collect(&id, &into(&bank)).await), "not-genuine");
    take(&wallet, &file).await;
    assert_eq!(wallet.show(&id).await.unwrap().inspection.verdict, Verdict::Genuine);
    assert_eq!(wallet.collect(&id, &into(&bank)).await.unwrap().state, CollectionState::Accepted);

    // A chain that leads elsewhere gives way even after it was opened, until the money was applied for.
    let file = enterprise.packet(&bank, &Terms { shares: 5, ..Terms::default() });
    let for_another = passed_by(&file, &doubles::key(7), Some(doubles::key(8).public().thumbprint()));
    let id = take(&wallet, &for_another).await;
    wallet.open_packet(&id, TELL).await.unwrap();
    assert_eq!(code(wallet.collect(&id, &into(&bank)).await), "not-holder");
    take(&wallet, &passed_by(&file, &doubles::key(7), Some(own))).await;
    assert_eq!(wallet.collect(&id, &into(&bank)).await.unwrap().state, CollectionState::Accepted);
    take(&wallet, &for_another).await;
    assert_eq!(wallet.show(&id).await.unwrap().inspection.hops[0].to, Some(own), "a worse copy changes nothing");
}

#[tokio::test]
async fn a_forward_that_could_not_be_written_is_taken_back() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben) = (Person::new(), Person::new());
    let wallet = anna.wallet_knowing(&enterprise, &[&bank]).await;
    befriend(&wallet, &ben.wallet_knowing(&enterprise, &[]).await, "Ben", &ben).await;
    wallet.link_account(&bank.account(), CODE).await.unwrap();
    let id = take(&wallet, &enterprise.packet(&bank, &Terms::default())).await;
    let nowhere = anna.dir.path().join("no-such-folder").join("for-ben.hongbao");
    let save = ForwardOptions { friend: Some("Ben".into()), ..by(Carrier::Save(nowhere)) };
    assert_eq!(code(wallet.forward(&id, save).await), "file");
    let shown = wallet.show(&id).await.unwrap();
    assert_eq!((shown.forwards.len(), shown.history.len(), shown.state), (0, 1, PacketState::Received));
    assert!(wallet.collect(&id, &into(&bank)).await.is_ok(), "the gift is still one's own");
}

#[tokio::test]
async fn the_inbox_is_read_to_its_end_and_only_once() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let own = wallet.own_card(None, None).await.unwrap().client;
    let value = |file: &PacketFile| serde_json::from_slice(&file.to_bytes()).unwrap();
    let (packet, opener) = (Digest::of(b"packet"), doubles::key(8).public().thumbprint());
    let reward = |shares| Terms {
        to: Some(own),
        shares,
        max_hops: None,
        reward_for: Some(reward_for(&packet, &opener)),
        ..Terms::default()
    };
    let honest = enterprise.packet(&bank, &reward(1));
    let wrong = enterprise.packet(&bank, &reward(2));
    let named = |opener| Some(crate::api::inbox::RewardFor { packet, opener: Some(opener) });
    enterprise.put(own, ItemKind::Packet, value(&enterprise.packet(&bank, &Terms::default())), None);
    enterprise.put(own, ItemKind::Packet, serde_json::json!({"format": "hongbao/1"}), None);
    enterprise.put(own, ItemKind::Reward, value(&honest), named(opener));
    enterprise.put(opener, ItemKind::Packet, value(&honest), None);
    enterprise.put(own, ItemKind::Reward, value(&wrong), named(own));

    let synced = wallet.sync().await.unwrap();
    assert_eq!((synced.received.len(), synced.problems.len()), (3, 1));
    assert_eq!(synced.problems[0].code, "unreadable");
    let again = wallet.sync().await.unwrap();
    assert_eq!((again.received.len(), again.problems.len()), (0, 0));
    let rewards = wallet.rewards().await.unwrap();
    assert_eq!(rewards.len(), 2);
    assert_eq!(rewards[0].reward_for, None, "a name that the signed hash does not bear is dropped");
    assert_eq!(rewards[1].reward_for, Some(RewardFor { packet, opener: Some(opener) }));
    assert_eq!(code(wallet.forward(&rewards[1].id.to_string(), by(Carrier::Link)).await), "not-forwardable");
    assert_eq!(wallet.open_packet(&rewards[1].id.to_string(), TELL).await.unwrap().notice, Notice::Answered);
}

#[tokio::test]
async fn that_a_friend_was_paid_is_known_only_of_packets_that_reward_it() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let own = wallet.own_card(None, None).await.unwrap().client;
    let value = |file: &PacketFile| serde_json::from_slice(&file.to_bytes()).unwrap();
    let earning = |serial, when| enterprise.packet(&bank, &Terms { serial, when, ..Terms::default() });
    let (paid, opened) = (earning(1, When::Collected), earning(2, When::Opened));
    let (rewardless, elsewhere) = (earning(3, When::Collected), earning(4, When::Collected));
    for file in [&paid, &opened, &rewardless] {
        take(&wallet, file).await;
    }
    assert!(wallet.paid_first().await.unwrap().is_empty(), "nobody was rewarded yet");
    // Two friends for one packet, one for another, one for a packet that is not here.
    for (packet, secret) in [(&paid, 7), (&paid, 8), (&opened, 8), (&elsewhere, 8)] {
        let (packet, opener) = (packet.packet.id(), doubles::key(secret).public().thumbprint());
        let to = (Some(own), Some(reward_for(&packet, &opener)));
        let reward = Terms { to: to.0, max_hops: None, reward_for: to.1, ..Terms::default() };
        let named = crate::api::inbox::RewardFor { packet, opener: Some(opener) };
        enterprise.put(own, ItemKind::Reward, value(&enterprise.packet(&bank, &reward)), Some(named));
    }
    let synced = wallet.sync().await.unwrap();
    assert_eq!((synced.received.len(), synced.problems.len()), (4, 0));
    let known = std::collections::BTreeSet::from([paid.packet.id()]);
    assert_eq!(wallet.paid_first().await.unwrap(), known);
    wallet.close().await;

    // A wallet of before knows it of none of its lines; they are made again as it is opened.
    let database = rusqlite::Connection::open(person.dir.path().join(super::DATABASE)).unwrap();
    database.execute_batch("UPDATE line SET paid_first = 0; DELETE FROM meta WHERE key = 'lines'").unwrap();
    drop(database);
    assert_eq!(person.wallet().await.paid_first().await.unwrap(), known);
}

#[tokio::test]
async fn who_accepts_what_is_collected_is_kept_once_the_bank_confirmed_it() {
    let bank = Bank::start(2, "620000").await;
    let person = Person::new();
    let wallet = person.wallet().await;
    wallet.add_bank(&bank.origin).await.unwrap();
    let account = bank.account();
    let clerk = Some(AcceptedBy::Clerk);
    assert_eq!(code(wallet.choose_acceptance(&account, clerk).await), "bank-unknown");
    wallet.link_account(&account, CODE).await.unwrap();
    let kept = async || wallet.accounts().await.unwrap().remove(0).acceptance;
    assert_eq!(kept().await, None);
    wallet.choose_acceptance(&account, clerk).await.unwrap();
    assert_eq!(kept().await, clerk);
    // The bank cannot be reached: what held still holds.
    bank.mood.down.store(true, SeqCst);
    assert_eq!(code(wallet.choose_acceptance(&account, Some(AcceptedBy::Auto)).await), "unreachable");
    bank.mood.down.store(false, SeqCst);
    assert_eq!(kept().await, clerk);
    // Tied again, the account is the same at its bank.
    assert_eq!(wallet.link_account(&account, CODE).await.unwrap().acceptance, clerk);
    wallet.choose_acceptance(&account, None).await.unwrap();
    assert_eq!(kept().await, None);
    let said: Vec<_> = bank.chosen.lock().unwrap().iter().map(|choice| choice.acceptance).collect();
    assert_eq!(said, [clerk, None]);
}

#[tokio::test]
async fn looking_for_packets_makes_no_key() {
    let enterprise = Enterprise::start(1).await;
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[]).await;
    let before = enterprise.mood.requests.load(SeqCst);
    assert_eq!(wallet.sync().await.unwrap(), Synced::default());
    assert_eq!(wallet.client_id().await.unwrap(), None);
    assert_eq!(enterprise.mood.requests.load(SeqCst), before, "nobody was asked");
}

#[tokio::test]
async fn downloads_come_from_the_address_given_and_nowhere_else() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let file = enterprise.packet(&bank, &Terms::default());
    let value = serde_json::from_slice(&file.to_bytes()).unwrap();
    enterprise.downloads.lock().unwrap().insert("abc".into(), value);
    let imported = wallet.import_link(&enterprise.origin.url("/p/abc")).await.unwrap();
    assert_eq!((imported.id, imported.new), (file.packet.id(), true));
    assert_eq!(code(wallet.import_link(&enterprise.origin.url("/p/other")).await), "not-found");
    for path in ["/v1/inbox?after=0", "/p/", "/p/a/b", "/p/a?x=1", "/p/../v1/inbox"] {
        assert_eq!(code(wallet.import_link(&enterprise.origin.url(path)).await), "bad-link", "{path}");
    }
    let linked = wallet.import_link(&link::write(&file).unwrap()).await.unwrap();
    assert_eq!((linked.id, linked.new), (file.packet.id(), false));
    // By the guarded client: what is on this machine and was never added is not asked.
    let (other, before) = (Person::new().wallet().await, enterprise.mood.requests.load(SeqCst));
    assert_eq!(code(other.import_link(&enterprise.origin.url("/p/abc")).await), "not-allowed");
    assert_eq!(enterprise.mood.requests.load(SeqCst), before);
}

#[tokio::test]
async fn the_database_holds_no_secret_and_knows_whose_it_is() {
    let person = Person::new();
    let wallet = person.wallet().await;
    assert_eq!(wallet.client_id().await.unwrap(), None);
    wallet.own_card(None, Some("Anna")).await.unwrap();
    let seed = crate::identity::keystore::KeySource::load(&*person.keys).unwrap().unwrap();
    wallet.close().await;
    let texts = [crate::jose::to_base64url(seed.expose()), crate::jose::to_base64(seed.expose())];
    for entry in std::fs::read_dir(person.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(32).any(|window| window == seed.expose()));
        assert!(texts.iter().all(|text| !bytes.windows(text.len()).any(|window| window == text.as_bytes())));
    }
    let lost = doubles::open(person.dir.path(), Default::default(), person.clock.clone()).await;
    assert_eq!(code(lost.own_card(None, None).await), "key-missing");
    assert!(lost.list().await.unwrap().is_empty(), "what needs no key works on");
}

#[tokio::test]
async fn inspecting_makes_no_wallet() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let file = enterprise.packet(&bank, &Terms::default());
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("wallet");
    assert_eq!(inspect(&dir, &file.to_bytes()).await.unwrap().verdict, Verdict::Unchecked);
    assert_eq!(inspect(&dir, b"\xff").await.unwrap().verdict, Verdict::Unreadable);
    assert!(!dir.exists());
    let person = Person::new();
    person.wallet_knowing(&enterprise, &[&bank]).await.close().await;
    let linked = link::write(&file).unwrap();
    assert_eq!(inspect(person.dir.path(), linked.as_bytes()).await.unwrap().verdict, Verdict::Genuine);
}

#[tokio::test]
async fn a_friends_newer_card_and_given_name_stay() {
    use crate::identity::card::{Card, CardClaims};
    use crate::identity::{Identity, Seed};
    let person = Person::new();
    let wallet = person.wallet().await;
    let friend = Identity::from_seed(&Seed::from_bytes(zeroize::Zeroizing::new([41; 32])));
    let card = |iat, name: &str| {
        let claims = CardClaims { name: Some(name.to_owned()), iat, inbox: Vec::new(), age: None };
        Card::sign(&friend, claims).unwrap().to_bytes()
    };
    assert_eq!(wallet.add_friend(&card(100, "Hao"), None).await.unwrap().name, "Hao");
    assert_eq!(wallet.add_friend(&card(100, "Hao"), Some("阿浩")).await.unwrap().name, "阿浩");
    assert_eq!(wallet.add_friend(&card(200, "Hao Li"), None).await.unwrap().name, "阿浩", "the person's own word");
    assert_eq!(wallet.add_friend(&card(50, "Old"), None).await.unwrap().name, "阿浩");
    assert_eq!(wallet.friends().await.unwrap().len(), 1);
}
