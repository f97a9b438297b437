//! Books that were put back from a copy: what others have in writing is booked once, as it was decided; what speaks against the books
//! is left out and told.

use super::life::{Wish, revocable};
use super::paying::Draft;
use super::*;
use crate::api::instruction::{OutcomeClaims, PacketResult};
use crate::api::order::{AnswerClaims, OrderResult};
use crate::api::recovery::Record;
use crate::api::states::{CollectionState, InstructionResult, VoucherState};
use crate::api::surrender::SurrenderClaims;
use crate::api::voucher::Source as Purse;
use crate::bank::mark_restored;
use crate::bank::recovery::booking::{self, Source};
use crate::jose::Digest;
use crate::party::recovery;

impl TestBank {
    /// Its books as they are now, in another place.
    async fn copied(&mut self) -> Place {
        self.hang_up().await;
        self.store().clone().close().await;
        let copy = self.place.copy();
        self.restart().await;
        copy
    }

    /// Its books are lost, and put back from a copy.
    async fn put_back(&mut self, copy: Place) {
        self.hang_up().await;
        self.store().clone().close().await;
        let origin = self.origin().clone();
        self.place = copy;
        self.bank = open(&self.place, &origin, self.key, self.bank.settings.clone(), &self.clock);
        let now = self.clock.now();
        self.store().decide(move |tx| mark_restored(tx, START, now)).await.unwrap();
        self.pick_up().await;
    }

    /// Books what somebody tells.
    async fn hear(&self, source: &Source, records: &[&Record]) {
        let restore = self.store().read(recovery::under_way).await.unwrap().unwrap();
        let records = records.iter().copied().cloned().collect();
        booking::book_all(&self.bank, restore, source, records).await.unwrap();
    }

    /// What could not be booked, and why.
    async fn differences(&self) -> Vec<(String, String)> {
        let sql = "SELECT subject, detail FROM restore_difference ORDER BY subject";
        let rows = self.store().read(move |tx| tx.rows(sql, &values![])).await.unwrap();
        let text = |row: &crate::store::Row, column| row.text(column).unwrap().to_owned();
        rows.iter().map(|row| (text(row, "subject"), text(row, "detail"))).collect()
    }

    /// It leaves this out, says why, and changes nothing.
    async fn leaves_out(&self, source: &Source, record: Record, why: &str) {
        let before = self.booked().await;
        self.hear(source, &[&record]).await;
        let told = self.differences().await;
        assert!(matches!(told.as_slice(), [(_, detail)] if detail.contains(why)), "{record:?}: {told:?}");
        assert_eq!(self.booked().await, before, "{record:?}");
        let forget = "DELETE FROM restore_difference";
        self.store().decide(move |tx| tx.execute(forget, &values![])).await.unwrap();
    }

    /// How many rows there are of each kind, and what money moved.
    async fn booked(&self) -> Vec<i64> {
        let mut booked = Vec::new();
        for sql in [
            "SELECT COUNT(*) AS n FROM draw",
            "SELECT COUNT(*) AS n FROM fund",
            "SELECT COUNT(*) AS n FROM voucher",
            "SELECT COUNT(*) AS n FROM bank_order",
            "SELECT COUNT(*) AS n FROM share",
            "SELECT COUNT(*) AS n FROM surrender",
            "SELECT COUNT(*) AS n FROM instruction",
            "SELECT COUNT(*) AS n FROM collection",
            "SELECT CAST(COALESCE(SUM(debits_posted), 0) AS BIGINT) AS n FROM ledger_account",
        ] {
            booked.push(self.count(sql).await);
        }
        booked
    }

    fn sign(&self, typ: Typ, claims: &impl serde::Serialize) -> String {
        self.bank.party.sign(typ, claims).unwrap().as_str().to_owned()
    }

    /// Another bank, as this one tells of it.
    async fn member(&self, other: &Self) -> Source {
        let origin = other.origin().clone();
        Source::Member(self.store().read(move |tx| parties::member(tx, &origin)).await.unwrap().unwrap())
    }
}

impl Shop {
    fn source(&self) -> Source {
        Source::Applicant(Pinned { origin: self.origin.clone(), name: "Shop".into(), keys: known(&self.key) })
    }

    fn voucher_of(&self, file: &PacketFile) -> Record {
        Record::Voucher {
            packet: file.packet.jws.as_str().into(),
            voucher: file.voucher.as_ref().unwrap().jws.as_str().into(),
            source: Purse::Account(self.account.clone()),
        }
    }

    fn signed(&self, typ: Typ, claims: &impl serde::Serialize) -> String {
        Jws::sign(&self.key, typ, claims).unwrap().as_str().to_owned()
    }
}

/// What an issuing bank did after the copy.
struct Season {
    issuing: TestBank,
    collecting: TestBank,
    shop: Shop,
    copy: Option<Place>,
    draws: Record,
    fund: Record,
    /// Of money for two, of money that can be withdrawn, and of tea or money.
    files: [PacketFile; 3],
    order: Record,
    surrender: (SurrenderClaims, Record),
    wish: Wish,
    instruction: Record,
}

async fn season() -> Season {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let copy = Some(issuing.copied().await);
    let request = uuid();
    let draws = Record::Draws { request, draws: shop.draws(&issuing, request, 3).await.unwrap() };
    let claims = shop.fund(&issuing, uuid());
    let number = shop.freeze_as(&issuing, &claims).await.unwrap();
    let fund = Record::Fund { fund: shop.signed(Typ::Fund, &claims), number };
    let mut files = Vec::new();
    for claims in [shop.claims(&issuing, 2), revocable(&shop, &issuing, 1), shop.tea(&issuing, 1)] {
        files.push(shop.issue(&issuing, &claims).await.unwrap());
    }
    let files: [PacketFile; 3] = files.try_into().unwrap();
    assert_eq!(person.collect_and_settle(&collecting, &files[0]).await.state, CollectionState::Paid);
    let told = settlement::told(&collecting.bank, issuing.origin(), String::new()).await.unwrap();
    let [(_, order)]: [_; 1] = told.try_into().unwrap();
    let claims = shop.surrender(&issuing, &files[2], key(71).public().thumbprint());
    let answer = shop.ask(&issuing, &claims).await.unwrap();
    let surrender = Record::Surrender { surrender: shop.signed(Typ::Surrender, &claims), answer };
    let wish = Wish::new(&shop, &issuing, &[&files[1]], None);
    let outcome = wish.send(&shop, &issuing).await.unwrap();
    let instruction = Record::Instruction { instruction: shop.signed(wish.kind.typ(), &wish.claims), outcome };
    let surrender = (claims, surrender);
    Season { issuing, collecting, shop, copy, draws, fund, files, order, surrender, wish, instruction }
}

impl Season {
    async fn put_back(&mut self) {
        self.issuing.put_back(self.copy.take().unwrap()).await;
    }

    fn vouchers(&self) -> [Record; 3] {
        [0, 1, 2].map(|n| self.shop.voucher_of(&self.files[n]))
    }

    async fn hear_all(&self) {
        let (shop, member) = (self.shop.source(), self.issuing.member(&self.collecting).await);
        let [first, second, third] = &self.vouchers();
        self.issuing.hear(&shop, &[&self.draws, &self.fund, first, second, third]).await;
        self.issuing.hear(&member, &[&self.order]).await;
        self.issuing.hear(&shop, &[&self.surrender.1, &self.instruction]).await;
    }
}

#[tokio::test]
async fn each_kind_of_what_was_signed_is_booked_once_and_as_it_was() {
    let mut season = season().await;
    let (before, books) = (season.issuing.booked().await, audit(season.issuing.store()).await.unwrap());
    assert!(books.ok);
    let left = season.issuing.balance(&season.shop.account).await;
    season.put_back().await;
    assert_eq!(season.issuing.booked().await[..8], [0; 8], "the copy knows nothing of it");
    season.hear_all().await;
    assert_eq!(season.issuing.booked().await, before);
    season.hear_all().await;
    assert_eq!(season.issuing.booked().await, before, "heard twice, booked once");
    assert_eq!(season.issuing.differences().await, []);
    assert_eq!(season.issuing.balance(&season.shop.account).await, left);
    let states = "SELECT COUNT(*) AS n FROM voucher WHERE state IN ('partly-paid', 'withdrawn', 'paid')";
    assert_eq!(season.issuing.count(states).await, 3);
}

/// Also of a bank whose copy is older than all that it signed.
#[tokio::test]
async fn what_is_booked_again_is_in_order() {
    let mut season = season().await;
    season.put_back().await;
    let shown = season.issuing.operate("GET", recovery::PATH, Value::Null).await.unwrap();
    assert_eq!(shown["state"], "recovering");
    // The applicant has no server here: what it has is told by the test.
    let by = json!({ "by": "王经理", "reason": "它已停业", "without": season.shop.origin });
    crate::bank::recovery::step(&season.issuing.bank, &watch::channel(false).1).await;
    season.hear_all().await;
    season.issuing.operate("POST", recovery::PATH, by).await.unwrap();
    crate::bank::recovery::step(&season.issuing.bank, &watch::channel(false).1).await;
    let shown = season.issuing.operate("GET", recovery::PATH, Value::Null).await.unwrap();
    assert_eq!(shown["state"], "recovered", "{shown}");
    assert_mirrored(&season.issuing, &season.collecting).await;
}

#[tokio::test]
async fn what_speaks_against_the_books_is_left_out_and_told() {
    let mut season = season().await;
    season.put_back().await;
    let Season { issuing, collecting, shop, files, .. } = &season;
    let (applicant, member) = (shop.source(), issuing.member(collecting).await);

    let Record::Draws { request, .. } = season.draws else { unreachable!() };
    let foreign = Record::Draws { request, draws: vec![Digest::of(b"foreign")] };
    issuing.leaves_out(&applicant, foreign, "none that this bank gave").await;
    let Record::Fund { fund, number } = season.fund.clone() else { unreachable!() };
    let above = Record::Fund { fund: fund.clone(), number: format!("{number}9999999") };
    issuing.leaves_out(&applicant, above, "none that this bank gave").await;
    let order = season.order.clone();
    issuing.leaves_out(&member, order.clone(), "voucher is not in the books").await;
    issuing.leaves_out(&applicant, order, "tells of no orders").await;
    issuing.leaves_out(&member, season.fund.clone(), "tells of orders only").await;
    issuing.leaves_out(&applicant, season.surrender.1.clone(), "").await;
    issuing.leaves_out(&applicant, season.instruction.clone(), "not in the books").await;
    let [first, second, _] = season.vouchers();
    let (Record::Voucher { packet, source, .. }, Record::Voucher { voucher, .. }) = (&first, &second) else {
        unreachable!()
    };
    let mixed = Record::Voucher { packet: packet.clone(), voucher: voucher.clone(), source: source.clone() };
    issuing.leaves_out(&applicant, mixed, "another packet's").await;
    let unpaid =
        Record::Voucher { packet: packet.clone(), voucher: voucher.clone(), source: Purse::Fund(number.clone()) };
    issuing.leaves_out(&applicant, unpaid, "another packet's").await;

    // While the money is there, of which the outcome says less.
    let [first, second, third] = season.vouchers();
    issuing.hear(&applicant, &[&season.draws, &season.fund, &first, &second, &third]).await;
    let Record::Instruction { instruction, outcome } = season.instruction.clone() else { unreachable!() };
    let mut told: OutcomeClaims = Jws::parse(&outcome, Typ::Outcome).unwrap().claims().unwrap();
    told.results[0].amount = Some(cny(999));
    let cheaper = Record::Instruction { instruction, outcome: issuing.sign(Typ::Outcome, &told) };
    issuing.leaves_out(&applicant, cheaper, "Another sum is left").await;

    season.hear_all().await;
    let Season { issuing, collecting, shop, files: [file, ..], .. } = &season;
    let Record::Ordered { order, hops, answer } = season.order.clone() else { unreachable!() };
    let mut told: AnswerClaims = Jws::parse(&answer, Typ::Answer).unwrap().claims().unwrap();
    (told.share, told.amount) = (Some(2), Some(cny(1000)));
    let otherwise = Record::Ordered { order, hops, answer: issuing.sign(Typ::Answer, &told) };
    issuing.leaves_out(&member, otherwise, "").await;
    // Each of these bears the bank's own signature, as a thief of its key would have it.
    let mut twice = file.voucher.as_ref().unwrap().claims.clone();
    twice.number = "V20260202-000009".into();
    let voucher = issuing.sign(Typ::Voucher, &twice);
    let Record::Voucher { packet, source, .. } = first else { unreachable!() };
    let another = Record::Voucher { packet, voucher, source };
    issuing.leaves_out(&applicant, another, "Another voucher is in the books").await;
    let other = Record::Fund { fund, number: "F20260202-000009".into() };
    issuing.leaves_out(&applicant, other, "").await;
    let client = key(72);
    let draft = Draft { by: collecting, to: issuing, file, client: &client, holder: "x", jti: uuid() };
    for (share, minor, why) in
        [(1, 1000, "paid by another order"), (3, 1000, "no such share left"), (2, 999, "no such share left")]
    {
        issuing.leaves_out(&member, ordered(&draft, Some((share, minor))), why).await;
    }
    let (claims, record) = &season.surrender;
    let Record::Surrender { answer, .. } = record else { unreachable!() };
    let other = SurrenderClaims { client: key(73).public().thumbprint(), ..claims.clone() };
    let mixed = Record::Surrender { surrender: shop.signed(Typ::Surrender, &other), answer: answer.clone() };
    issuing.leaves_out(&applicant, mixed, "").await;
    let result = |amount| PacketResult {
        packet: files[1].packet.id(),
        result: InstructionResult::Withdrawn,
        amount: Some(cny(amount)),
        until: None,
    };
    let wish = Wish::new(shop, issuing, &[&files[1]], None);
    let outcome = OutcomeClaims {
        iss: issuing.origin().clone(),
        aud: shop.origin.clone(),
        iat: START,
        instruction: wish.jti,
        results: vec![result(1000)],
    };
    let again = Record::Instruction {
        instruction: shop.signed(wish.kind.typ(), &wish.claims),
        outcome: issuing.sign(Typ::Outcome, &outcome),
    };
    issuing.leaves_out(&applicant, again, "not open in the books").await;
    let outcome = OutcomeClaims { instruction: season.wish.jti, results: vec![result(999)], ..outcome };
    let cheaper = Record::Instruction {
        instruction: shop.signed(season.wish.kind.typ(), &season.wish.claims),
        outcome: issuing.sign(Typ::Outcome, &outcome),
    };
    issuing.leaves_out(&applicant, cheaper, "").await;
}

/// Orders are heard before instructions, and instructions in no order at all.
#[tokio::test]
async fn an_end_that_was_moved_is_moved_again_also_of_what_was_paid_or_withdrawn_since() {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let copy = issuing.copied().await;
    let (paid, gone) = (shop.claims(&issuing, 1), revocable(&shop, &issuing, 1));
    let files = [shop.issue(&issuing, &paid).await.unwrap(), shop.issue(&issuing, &gone).await.unwrap()];
    let mut instructions = Vec::new();
    for (file, until) in [
        (&files[0], Some(START + 2 * DAY)),
        (&files[1], Some(START + 2 * DAY)),
        (&files[1], Some(START + 3 * DAY)),
        (&files[1], None),
    ] {
        let wish = Wish::new(&shop, &issuing, &[file], until);
        let outcome = wish.send(&shop, &issuing).await.unwrap();
        instructions.push(Record::Instruction { instruction: shop.signed(wish.kind.typ(), &wish.claims), outcome });
    }
    assert_eq!(person.collect_and_settle(&collecting, &files[0]).await.state, CollectionState::Paid);
    let told = settlement::told(&collecting.bank, issuing.origin(), String::new()).await.unwrap();
    let before = [issuing.status(&files[0].packet).await, issuing.status(&files[1].packet).await];

    issuing.put_back(copy).await;
    let applicant = shop.source();
    issuing.hear(&applicant, &[&shop.voucher_of(&files[0]), &shop.voucher_of(&files[1])]).await;
    issuing.hear(&issuing.member(&collecting).await, &[&told[0].1]).await;
    instructions.reverse();
    instructions.sort_by_key(booking::decided);
    issuing.hear(&applicant, &instructions.iter().collect::<Vec<_>>()).await;
    assert_eq!(issuing.differences().await, []);
    issuing.operate("POST", recovery::PATH, json!({ "by": "王经理", "reason": "已核对" })).await.unwrap();
    assert_eq!([issuing.status(&files[0].packet).await, issuing.status(&files[1].packet).await], before);
    assert_mirrored(&issuing, &collecting).await;
}

/// There must never be a second voucher for such a packet.
#[tokio::test]
async fn no_voucher_is_signed_for_a_packet_whose_voucher_could_not_be_booked() {
    let (mut issuing, _collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let copy = issuing.copied().await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    issuing.put_back(copy).await;
    let Record::Voucher { packet, voucher, .. } = shop.voucher_of(&file) else { unreachable!() };
    let elsewhere = Record::Voucher { packet, voucher, source: Purse::Fund("F20260202-000001".into()) };
    issuing.hear(&shop.source(), &[&elsewhere]).await;
    assert_eq!(issuing.differences().await.len(), 1);
    let over = json!({ "by": "王经理", "reason": "已核对" });
    issuing.operate("POST", recovery::PATH, over).await.unwrap();
    let asked = shop.apply(&issuing, &file.packet, json!({ "account": shop.account })).await;
    assert_eq!(asked.unwrap_err(), "recovering");
}

#[tokio::test]
async fn a_collection_is_accepted_again_under_the_order_that_was_sent() {
    let (issuing, mut collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (known, unlinked) = (Person::at(&collecting, 70).await, Person::at(&collecting, 71).await);
    let copy = collecting.copied().await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let jtis = [uuid(), uuid()];
    for (person, jti) in [&known, &unlinked].into_iter().zip(jtis) {
        person.collect(&collecting, &file, jti).await.unwrap();
        collecting.settle().await;
        assert_eq!(person.collection(&collecting, jti).await.unwrap().state, CollectionState::Paid);
    }
    let page = crate::bank::recovery::tell(&issuing.bank, collecting.origin().clone(), "orders", "2.").await.unwrap();
    assert_eq!(page.records.len(), 2);

    collecting.put_back(copy).await;
    let key = unlinked.key.public().thumbprint().to_string();
    let sql = "DELETE FROM link WHERE client = ?1";
    collecting.store().decide(move |tx| tx.execute(sql, &values![key])).await.unwrap();
    let member = collecting.member(&issuing).await;
    for _ in 0..2 {
        collecting.hear(&member, &page.records.iter().collect::<Vec<_>>()).await;
    }
    assert_eq!(collecting.differences().await, []);
    assert_eq!(
        collecting.count("SELECT COUNT(*) AS n FROM collection").await,
        1,
        "into the account that the order means"
    );
    assert_eq!(collecting.count("SELECT COUNT(*) AS n FROM restore_order").await, 1, "it waits for its client");
    let Record::Answered { order, packet, .. } = &page.records[0] else { unreachable!() };
    let (order, packet) = (order.clone(), packet.clone());
    let strange = Record::Answered { order: order.clone(), packet: packet.clone(), voucher: order.clone() };
    collecting.leaves_out(&member, strange, "").await;
    let other = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    let voucher = other.voucher.as_ref().unwrap().jws.as_str().to_owned();
    let mixed = Record::Answered { order, packet: other.packet.jws.as_str().into(), voucher };
    collecting.leaves_out(&member, mixed, "about something else").await;

    let over = json!({ "by": "王经理", "reason": "已核对" });
    collecting.operate("POST", recovery::PATH, over).await.unwrap();
    let (account, code) = collecting.open_account("Zhang San", Some("ID 71")).await;
    let link = json!({ "account": account, "code": code });
    collecting.ask(&unlinked.asking(), "POST", routes::LINKS, link).await.unwrap();
    let unlinked = Person { account, ..unlinked };
    unlinked.collect(&collecting, &file, jtis[1]).await.unwrap();
    collecting.settle().await;
    for (person, jti) in [&known, &unlinked].into_iter().zip(jtis) {
        assert_eq!(person.collection(&collecting, jti).await.unwrap().state, CollectionState::Paid);
        assert_eq!(collecting.balance(&person.account).await, 1000, "once");
    }
    assert_mirrored(&issuing, &collecting).await;
}

/// One person with two wallets: the first one collected too early and was refused, the second one was paid.
struct TwoWallets {
    issuing: TestBank,
    collecting: TestBank,
    file: PacketFile,
    first: (Person, Uuid),
    second: (Person, Uuid),
    /// Before anything, and while the first was on its way.
    copies: [Option<Place>; 2],
    told: [Record; 2],
}

async fn two_wallets() -> TwoWallets {
    let (issuing, mut collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let (first, second) = (Person::at(&collecting, 70).await, Person::with(&collecting, 71, "ID 70").await);
    let mut claims = shop.claims(&issuing, 1);
    claims.nbf = START + 3600;
    let file = shop.issue(&issuing, &claims).await.unwrap();
    let before = collecting.copied().await;
    let early = uuid();
    first.collect(&collecting, &file, early).await.unwrap();
    let meanwhile = collecting.copied().await;
    collecting.settle().await;
    assert_eq!(first.collection(&collecting, early).await.unwrap().state, CollectionState::Rejected);
    collecting.clock.set(START + 3600);
    let paid = second.collect_and_settle(&collecting, &file).await;
    assert_eq!(paid.state, CollectionState::Paid);
    let told = crate::bank::recovery::tell(&issuing.bank, collecting.origin().clone(), "orders", "2.").await.unwrap();
    let copies = [Some(before), Some(meanwhile)];
    let (first, second, told) = ((first, early), (second, paid.id), told.records.try_into().unwrap());
    TwoWallets { issuing, collecting, file, first, second, copies, told }
}

impl TwoWallets {
    async fn put_back(&mut self, copy: usize) {
        self.collecting.put_back(self.copies[copy].take().unwrap()).await;
    }

    async fn hear(&self, told: &[usize]) {
        let told: Vec<&Record> = told.iter().map(|n| &self.told[*n]).collect();
        self.collecting.hear(&self.collecting.member(&self.issuing).await, &told).await;
    }

    async fn recover(&self) {
        let over = json!({ "by": "王经理", "reason": "已核对" });
        self.collecting.operate("POST", recovery::PATH, over).await.unwrap();
        self.collecting.settle().await;
    }

    async fn assert_paid_once(&self) {
        let (second, id) = &self.second;
        assert_eq!(second.collection(&self.collecting, *id).await.unwrap().state, CollectionState::Paid);
        assert_eq!(self.collecting.balance(&second.account).await, 1000, "once");
        assert_mirrored(&self.issuing, &self.collecting).await;
    }
}

/// The copy has the first one's collection on its way, which stands in the second one's place until it was asked about again.
#[tokio::test]
async fn what_a_person_collected_with_another_wallet_after_a_refusal_is_booked_once_the_refusal_is_heard() {
    let mut wallets = two_wallets().await;
    wallets.put_back(1).await;
    wallets.hear(&[0, 1]).await;
    let [(_, why)]: [_; 1] = wallets.collecting.differences().await.try_into().unwrap();
    assert!(why.contains("already collecting"), "{why}");
    let (first, early) = &wallets.first;
    assert_eq!(first.collection(&wallets.collecting, *early).await.unwrap_err(), "recovering");
    wallets.collecting.settle().await;
    wallets.hear(&[0, 1]).await;
    wallets.recover().await;
    assert_eq!(first.collection(&wallets.collecting, *early).await.unwrap().state, CollectionState::Rejected);
    wallets.assert_paid_once().await;
}

/// What was refused may be heard after what was paid.
#[tokio::test]
async fn a_refusal_that_is_heard_after_the_same_persons_payment_waits_for_its_client() {
    let mut wallets = two_wallets().await;
    wallets.put_back(0).await;
    wallets.hear(&[1]).await;
    wallets.collecting.settle().await;
    for _ in 0..2 {
        wallets.hear(&[0]).await;
    }
    assert_eq!(wallets.collecting.differences().await, []);
    wallets.recover().await;
    let (first, early) = &wallets.first;
    let again = first.collect(&wallets.collecting, &wallets.file, *early).await;
    assert_eq!(again.unwrap_err(), "already-collected");
    wallets.assert_paid_once().await;
}

/// While the books are not whole, nothing of the bank's own is decided, also not by itself.
#[tokio::test]
async fn own_vouchers_are_not_paid_before_the_books_are_whole() {
    let mut bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let person = Person::at(&bank, 70).await;
    let file = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    person.collect(&bank, &file, uuid()).await.unwrap();
    let copy = bank.copied().await;
    bank.put_back(copy).await;
    bank.settle().await;
    assert_eq!(bank.balance(&person.account).await, 0);
    bank.operate("POST", recovery::PATH, json!({ "by": "王经理", "reason": "已核对" })).await.unwrap();
    bank.settle().await;
    assert_eq!(bank.balance(&person.account).await, 1000);
}

/// A payment of which nobody heard leaves its place to whoever comes next.
#[tokio::test]
async fn a_place_that_nobody_knows_of_is_paid_to_the_next_one() {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let copy = issuing.copied().await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 2)).await.unwrap();
    let (clients, jtis) = ([key(70), key(71), key(72)], [uuid(), uuid(), uuid()]);
    let holders = ["a", "b", "c"];
    let known = {
        let draft = |n: usize| Draft {
            by: &collecting,
            to: &issuing,
            file: &file,
            client: &clients[n],
            holder: holders[n],
            jti: jtis[n],
        };
        assert_eq!(draft(0).answer().await.share, Some(1), "of this one nobody hears");
        assert_eq!(draft(1).answer().await.share, Some(2));
        ordered(&draft(1), Some((2, 1000)))
    };
    issuing.put_back(copy).await;
    issuing.hear(&shop.source(), &[&shop.voucher_of(&file)]).await;
    issuing.hear(&issuing.member(&collecting).await, &[&known]).await;
    let over = json!({ "by": "王经理", "reason": "已核对" });
    issuing.operate("POST", recovery::PATH, over).await.unwrap();
    let status = issuing.status(&file.packet).await;
    assert_eq!((status.state, status.left, status.payable), (VoucherState::PartlyPaid, 1, true));
    let next = Draft { by: &collecting, to: &issuing, file: &file, client: &clients[2], holder: "c", jti: jtis[2] };
    let answer = next.answer().await;
    assert_eq!((answer.result, answer.share), (OrderResult::Paid, Some(1)));
    assert_eq!(issuing.status(&file.packet).await.state, VoucherState::Paid);
    assert_eq!(issuing.audit().await, Audit { ok: true, ..Audit::default() });
}

/// An order of a member, with an answer that bears this bank's signature.
fn ordered(draft: &Draft<'_>, paid: Option<(u32, i64)>) -> Record {
    let request = draft.request();
    let claims = AnswerClaims {
        iss: draft.to.origin().clone(),
        aud: draft.by.origin().clone(),
        iat: draft.to.clock.now(),
        order: draft.jti,
        result: if paid.is_some() { OrderResult::Paid } else { OrderResult::Refused },
        reason: None,
        amount: paid.map(|(_, minor)| cny(minor)),
        share: paid.map(|(share, _)| share),
    };
    Record::Ordered { order: request.order, hops: request.hops, answer: draft.to.sign(Typ::Answer, &claims) }
}

/// An account was opened for it, and it never asked this bank for anything.
#[tokio::test]
async fn an_applicant_that_does_not_know_the_bank_is_not_waited_for_and_another_refusal_is_no_word() {
    let refusal = |code, status| crate::api::problem::Problem::new(code, status, "No", "No.");
    let bank = one_bank().await;
    let applicant = Shop::at(&bank).await.source();
    assert!(applicant.has_nothing(&refusal("unknown-party", 422)));
    for other in [refusal("forbidden", 403), refusal("not-found", 404), refusal("clock-skew", 401)] {
        assert!(!applicant.has_nothing(&other));
    }
    let Source::Applicant(pinned) = applicant else { unreachable!() };
    assert!(!Source::Member(pinned).has_nothing(&refusal("unknown-party", 422)), "a member's orders may be at stake");
}
