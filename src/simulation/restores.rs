//! Servers whose books are lost and put back from a copy, in the middle of everything; and what the model may forget then, because
//! nobody else has heard of it. Everything else must be there again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::model::Register;
use super::story::{Done, Story, Wish};
use super::world::{Running, Shop, Who, bank_origin, operate};
use crate::enterprise::admin::review::{JUDGEMENT, Judge, REWARDS, RewardPage, RewardRow};
use crate::jose::{ClientId, Digest};
use crate::party::recovery::{Finish, PATH};
use uuid::Uuid;

/// How many times servers are lost in one world.
const MOST_RESTORES: usize = 3;

/// What the enterprise, or a bank, lost for good.
#[derive(Clone, Debug, Default)]
pub(super) struct Lost {
    /// Packets that the enterprise signed and does not know.
    pub(super) packets: BTreeSet<Digest>,
    /// Openings that it recorded, unless they are told again.
    pub(super) openings: BTreeSet<(Digest, ClientId)>,
    /// What it took for a friend's inbox; whoever passed it on believes it there.
    pub(super) relayed: BTreeSet<(Digest, usize)>,
    /// Rewards that it gave and has no record of, and to whom.
    pub(super) rewards: BTreeMap<Digest, ClientId>,
    /// Campaigns whose rewards wait for the operator's look meanwhile.
    pub(super) in_doubt: BTreeSet<String>,
    /// How many payments banks made that nobody had heard of.
    pub(super) payments: usize,
}

/// What a bank did after the copy and nobody else has in writing, so that it does it anew when it is asked again.
#[derive(Debug, Default)]
pub(super) struct Unheard {
    pub(super) orders: Vec<Uuid>,
    pub(super) vouchers: Vec<Digest>,
    pub(super) funds: Vec<String>,
    /// What its clock brings again.
    pub(super) returned: Vec<Digest>,
}

/// A copy of a server's books, and how the world was when it was taken.
pub(super) struct Copy {
    path: PathBuf,
    at: i64,
    then: Then,
}

enum Then {
    Bank(BankBooks),
    Shop(Box<ShopBooks>),
}

/// As far as the books grow.
#[derive(Clone, Debug, PartialEq, Eq)]
struct BankBooks {
    last_order: i64,
    last_instruction: i64,
    closed_funds: i64,
    /// With their states.
    vouchers: BTreeMap<Digest, String>,
    /// By campaign.
    funds: BTreeSet<String>,
}

struct ShopBooks {
    packets: BTreeSet<Digest>,
    /// By whose requests they were issued.
    requests: BTreeSet<String>,
    register: Register,
    campaigns: Vec<String>,
    relayed: usize,
    last_read: [i64; 2],
}

/// An order that a bank answered.
struct Answered {
    id: Uuid,
    bank: String,
    voucher: String,
    place: Option<i64>,
}

impl Story {
    /// Somebody copies a server's books while it runs.
    pub(super) async fn copy(&mut self) -> Done {
        let who = *self.chance.pick(&[Who::Bank(0), Who::Bank(1), Who::Shop])?;
        if self.restores.len() >= MOST_RESTORES || !self.world.is_up(who) || self.is_recovering(who).await {
            return None;
        }
        let then = match who {
            Who::Bank(n) => Then::Bank(self.bank_books(n).await),
            _ => Then::Shop(Box::new(self.shop_books().await)),
        };
        let path = self.world.copy(who, self.steps);
        let at = self.now();
        if let Some(older) = self.copies.insert(who, Copy { path, at, then }) {
            std::fs::remove_file(older.path).unwrap();
        }
        Some(())
    }

    /// A server is lost, and put back from its last copy. Never while another is not whole: who is to be heard must be there.
    pub(super) async fn put_back(&mut self) -> Done {
        let all = [Who::Bank(0), Who::Bank(1), Who::Shop];
        let who = *self.chance.pick(&all)?;
        for server in all {
            if !self.world.is_up(server) || self.is_recovering(server).await {
                return None;
            }
        }
        let copy = self.copies.remove(&who)?;
        match &copy.then {
            Then::Bank(then) => {
                let Who::Bank(n) = who else { return None };
                let unheard = self.unheard(n, then).await?;
                self.model.forget(n, &unheard);
                self.last_order[n] = then.last_order;
            }
            Then::Shop(then) => self.forget_after(then).await,
        }
        // A copy that is older would not know what this one will learn again.
        self.copies.clear();
        self.restores.push(who);
        self.world.net.drop_late();
        let copied_at = Some(copy.at).filter(|_| self.unmarked != Some(who));
        self.world.put_back(who, &copy.path, copied_at).await;
        if who == Who::Shop && copied_at.is_some() {
            self.hold_back().await;
            self.wishes.push(Wish::Recover);
        }
        Some(())
    }

    /// Whether a server was put back and is not whole again; of one that runs.
    pub(super) async fn is_recovering(&self, who: Who) -> bool {
        let sql = "SELECT n FROM restore WHERE ended_at IS NULL";
        !self.rows_of(who, sql).await.is_empty()
    }

    async fn rows_of(&self, who: Who, sql: &'static str) -> Vec<crate::store::Row> {
        match who {
            Who::Bank(n) => self.bank_rows(n, sql, Vec::new()).await,
            _ => self.shop_rows(sql, Vec::new()).await,
        }
    }

    /// What a bank could not book again, and whom it could not hear.
    pub(super) async fn differences(&self, n: usize) -> Vec<String> {
        let sql = "SELECT subject, detail FROM restore_difference \
                   UNION ALL SELECT party, problem FROM restore_party WHERE problem IS NOT NULL";
        let rows = self.rows_of(Who::Bank(n), sql).await;
        rows.iter().map(|row| format!("{}: {}", row.text("subject").unwrap(), row.text("detail").unwrap())).collect()
    }

    async fn number(&self, who: Who, sql: &'static str) -> i64 {
        self.rows_of(who, sql).await[0].int("n").unwrap()
    }

    async fn texts(&self, who: Who, sql: &'static str) -> BTreeSet<String> {
        self.rows_of(who, sql).await.iter().map(|row| row.text("it").unwrap().to_owned()).collect()
    }

    async fn bank_books(&self, n: usize) -> BankBooks {
        let who = Who::Bank(n);
        let vouchers = self.rows_of(who, "SELECT packet, state FROM voucher").await;
        let voucher = |row: &crate::store::Row| {
            (row.text("packet").unwrap().parse().unwrap(), row.text("state").unwrap().to_owned())
        };
        BankBooks {
            last_order: self.number(who, "SELECT COALESCE(MAX(seq), 0) AS n FROM bank_order").await,
            last_instruction: self.number(who, "SELECT COALESCE(MAX(seq), 0) AS n FROM instruction").await,
            closed_funds: self.number(who, "SELECT COUNT(*) AS n FROM fund WHERE closed_at IS NOT NULL").await,
            vouchers: vouchers.iter().map(voucher).collect(),
            funds: self.texts(who, "SELECT campaign AS it FROM fund").await,
        }
    }

    /// What nobody has heard of that a bank did since. None where that could not be made good by asking again, as when the bank paid its
    /// own customers from its own vouchers.
    async fn unheard(&self, n: usize, then: &BankBooks) -> Option<Unheard> {
        let now = self.bank_books(n).await;
        let orders = self.answered_since(n, then.last_order).await;
        let own = bank_origin(n);
        if now.closed_funds > then.closed_funds || orders.iter().any(|order| order.bank == own.as_str()) {
            return None;
        }
        let heard = "SELECT order_id AS it FROM collection WHERE answer IS NOT NULL";
        let heard = self.texts(Who::Bank(1 - n), heard).await;
        let (heard, unheard): (Vec<&Answered>, Vec<&Answered>) =
            orders.iter().partition(|order| heard.contains(&order.id.to_string()));
        // Whoever is paid again later is paid that share: a later one that stands would leave a gap.
        let is_before =
            |order: &&Answered| heard.iter().any(|it| it.voucher == order.voucher && it.place > order.place);
        let is_instructed = now.last_instruction > then.last_instruction;
        // Nobody takes back what a bank told of it.
        let stands = |order: &&Answered| self.model.is_told(&order.id) || order.place.is_some() && is_before(order);
        if unheard.iter().any(stands) || is_instructed && !unheard.is_empty() {
            return None;
        }
        let answered = self.texts(Who::Shop, "SELECT id AS it FROM instruction WHERE outcome IS NOT NULL").await;
        if !self.instructed_since(n, then.last_instruction).await.is_subset(&answered) {
            return None;
        }
        let kept = self.texts(Who::Shop, "SELECT packet AS it FROM voucher").await;
        let funded = self.texts(Who::Shop, "SELECT id AS it FROM campaign WHERE fund IS NOT NULL").await;
        let was_returned = |packet: &Digest| then.vouchers.get(packet).is_some_and(|state| state == "returned");
        let returned = now.vouchers.iter().filter(|(packet, state)| *state == "returned" && !was_returned(packet));
        let vouchers = now.vouchers.keys().filter(|packet| !then.vouchers.contains_key(packet));
        Some(Unheard {
            orders: unheard.iter().map(|order| order.id).collect(),
            vouchers: vouchers.filter(|packet| !kept.contains(&packet.to_string())).copied().collect(),
            funds: now.funds.difference(&then.funds).filter(|fund| !funded.contains(*fund)).cloned().collect(),
            returned: returned.map(|(packet, _)| *packet).collect(),
        })
    }

    async fn answered_since(&self, n: usize, after: i64) -> Vec<Answered> {
        let sql = "SELECT o.id, o.bank, o.voucher, s.place FROM bank_order o \
                   LEFT JOIN share s ON s.bank = o.bank AND s.order_id = o.id WHERE o.seq > ?1 ORDER BY o.seq";
        let answered = |row: &crate::store::Row| Answered {
            id: row.text("id").unwrap().parse().unwrap(),
            bank: row.text("bank").unwrap().to_owned(),
            voucher: row.text("voucher").unwrap().to_owned(),
            place: row.opt_int("place").unwrap(),
        };
        self.bank_rows(n, sql, vec![after.into()]).await.iter().map(answered).collect()
    }

    async fn instructed_since(&self, n: usize, after: i64) -> BTreeSet<String> {
        let rows = self.bank_rows(n, "SELECT id FROM instruction WHERE seq > ?1", vec![after.into()]).await;
        rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect()
    }

    async fn shop_books(&self) -> ShopBooks {
        ShopBooks {
            packets: self.shop_packets().await,
            requests: self.texts(Who::Shop, "SELECT request AS it FROM issue").await,
            register: self.model.shop.clone(),
            campaigns: self.campaigns.clone(),
            relayed: self.relayed.len(),
            last_read: self.last_read,
        }
    }

    async fn shop_packets(&self) -> BTreeSet<Digest> {
        let all = self.texts(Who::Shop, "SELECT id AS it FROM packet").await;
        all.iter().map(|id| id.parse().unwrap()).collect()
    }

    /// The enterprise forgets what it did since.
    async fn forget_after(&mut self, then: &ShopBooks) {
        let lost: BTreeSet<Digest> = self.shop_packets().await.difference(&then.packets).copied().collect();
        let register = std::mem::replace(&mut self.model.shop, then.register.clone());
        let known = &self.model.shop;
        let openings = register.openings.into_keys().filter(|key| !known.openings.contains_key(key));
        self.model.lost.openings.extend(openings);
        let rewards = register.rewards.into_iter().filter(|(name, _)| !known.rewards.contains_key(name));
        self.model.lost.rewards.extend(rewards.map(|(name, earned)| (name, earned.forwarder)));
        let is_known = |packet: &Digest| !lost.contains(packet);
        self.fresh.retain(is_known);
        self.issued.retain(is_known);
        self.addressed.retain(|packet, _| is_known(packet));
        // A wallet may have heard later than the story did that something was passed on, and says so when it is asked again.
        self.relayed.truncate(then.relayed);
        let kept = |relayed: &(Digest, usize)| self.relayed.contains(relayed);
        self.model.lost.relayed.extend(self.passed_on.iter().filter(|it| !kept(it)));
        self.campaigns.clone_from(&then.campaigns);
        self.last_read = then.last_read;
        self.model.lost.packets.extend(lost);
        // The operator knows no more what became of these, and asks for others; but for packets that the copy has.
        for mut wish in std::mem::take(&mut self.wishes) {
            if matches!(&wish, Wish::Issue(request, _) if then.requests.contains(&request.request.to_string())) {
                self.wishes.push(wish);
                continue;
            }
            let id = self.uuid();
            if let Wish::Campaign(request) = &wish {
                let caps = self.model.caps[&request.request.to_string()].clone();
                self.model.caps.insert(id.to_string(), caps);
            }
            wish.renew(id);
            self.wishes.push(wish);
        }
    }

    /// Which rewards wait for a look now.
    async fn hold_back(&mut self) {
        let sql = "SELECT id AS it FROM reward WHERE state = 'held' AND signal = 'restored' AND judged IS NULL";
        for name in self.texts(Who::Shop, sql).await {
            self.model.shop.rewards.get_mut(&name.parse().unwrap()).unwrap().is_held = true;
        }
        self.model.lost.in_doubt = self.texts(Who::Shop, "SELECT id AS it FROM campaign WHERE restored = 1").await;
    }

    /// The operator says that the recovery is over, and looks at each reward that was held: given is what was earned.
    pub(super) async fn finish_recovery(&self, shop: &Running<Shop>) -> Done {
        let by = "Ops".to_owned();
        let finish = Finish { by: by.clone(), reason: "All was looked at".to_owned(), without: None };
        // It may be over, with the answer lost.
        let _: Result<serde_json::Value, _> = operate(shop, PATH, Some(&finish)).await?;
        let held: Result<RewardPage, _> = operate(shop, &format!("{REWARDS}?held=true"), None::<&()>).await?;
        for reward in held.ok()?.rewards.iter().filter(|it| it.reason.as_deref() == Some("review:restored")) {
            let path = JUDGEMENT.replace("{id}", &reward.id.to_string());
            let judge = |approve| Judge { approve, by: by.clone(), reason: Some("Looked at".to_owned()) };
            let given: Result<RewardRow, _> = operate(shop, &path, Some(&judge(true))).await?;
            if let Err(why) = given {
                assert!(why.contains("not-collected"), "{why}");
                let _: Result<RewardRow, _> = operate(shop, &path, Some(&judge(false))).await?;
            }
        }
        Some(())
    }

    /// What the operator decided since.
    pub(super) async fn read_judgements(&mut self) {
        if !self.is_recovering(Who::Shop).await {
            self.model.lost.in_doubt.clear();
        }
        let held: Vec<Digest> =
            self.model.shop.rewards.iter().filter(|(_, it)| it.is_held).map(|(name, _)| *name).collect();
        for name in held {
            let sql = "SELECT judged FROM reward WHERE id = ?1";
            let rows = self.shop_rows(sql, vec![name.to_string().into()]).await;
            if let Some(judged) = rows[0].opt_text("judged").unwrap() {
                self.model.judged(name, judged == "approved");
            }
        }
    }
}
