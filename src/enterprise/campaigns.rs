//! Campaigns: created as a draft, opened when the bank has frozen the rewards. What is decided of one later stands in
//! [`super::standing`].
//!
//! The draft and the id of the request for a fund are on disk before the bank is asked, so a campaign whose server
//! stopped in between is opened by the background work, with the same fund.

use std::sync::Arc;

use uuid::Uuid;

use super::admin::{CampaignGoods, CampaignList, CampaignView, CreateCampaign, PAGE_CAMPAIGNS, RewardView};
use super::failure::{Failure, reason};
use super::terms::{Campaign, Fresh, GoodsTerms, RewardTerms, Terms};
use super::{Enterprise, banks, goods, issuing, recovery, retry_at, standing, stored};
use crate::api::fund::{FundAnswer, FundClaims, FundRequest};
use crate::api::routes;
use crate::clock::rfc3339;
use crate::jose::{Digest, Typ, from_base64};
use crate::money::Amount;
use crate::packet::media::{self, Media};
use crate::packet::{Origin, text};
use crate::party::{CallError, Party};
use crate::store::{Row, StoreError, Tx, values};

/// What a reward says when the campaign has no greeting of its own for it.
const REWARD_GREETING: &str = "谢谢你把好运传下去\nThank you for passing luck on";

type Pictures = Vec<(String, Media)>;

/// Creates a campaign, or finds the one that the same request created, and tries to open it.
pub(super) async fn create(enterprise: &Arc<Enterprise>, request: CreateCampaign) -> Result<CampaignView, Failure> {
    let id = request.request.to_string();
    let is_planned = request.draft;
    let (campaign, pictures) = plan(enterprise, request)?;
    let is_money = campaign.is_money(&enterprise.party.origin);
    let discovered = if is_money { banks::discover(&enterprise.party, &campaign.bank).await? } else { None };
    let fund_jti = campaign.terms.reward.as_ref().map(|_| enterprise.party.uuid());
    let (now, party) = (enterprise.party.now(), enterprise.party.clone());
    let decision = move |tx: &mut Tx<'_>| -> Result<(), Failure> {
        if let Some((known, _)) = load(tx, &campaign.id)? {
            return if known.is_same(&campaign) { Ok(()) } else { Err(issuing::other_request()) };
        }
        discovered.as_ref().map_or(Ok(()), |bank| banks::pin(tx, bank, now))?;
        // Also where rewards are paid by a bank: what goods packets promise, none does.
        if campaign.terms.goods.as_ref().is_some_and(|goods| !goods.cash) {
            banks::keep_self(tx, &party, now)?;
        }
        draft(tx, &campaign, &pictures, fund_jti, is_planned)?;
        let stock = campaign.terms.goods.as_ref().map(|goods| goods.stock);
        stock.map_or(Ok(()), |units| goods::open(tx, &campaign.id, units, now))
    };
    enterprise.party.store.decide(decision).await?;
    opened(enterprise, &id).await
}

/// Tries to have the rewards frozen, and shows how the campaign stands then.
pub(super) async fn opened(enterprise: &Arc<Enterprise>, id: &str) -> Result<CampaignView, Failure> {
    open(enterprise, id).await?;
    let view = show(enterprise, id).await?;
    if view.state == "failed" {
        let detail = format!("The bank did not freeze the rewards: {}", view.reason.unwrap_or_default());
        let next = "Put that right at the bank, then let `hongbao-server retry` open this campaign.";
        return Err(Failure::refused("campaign-failed", 409, "The campaign could not be opened", &detail, next));
    }
    Ok(view)
}

/// Reads the request as a campaign that keeps every rule of the format.
fn plan(enterprise: &Enterprise, request: CreateCampaign) -> Result<(Campaign, Pictures), Failure> {
    let mut pictures = Pictures::new();
    let mut keep = |data: Option<&String>| -> Result<Option<String>, Failure> {
        let Some(data) = data else { return Ok(None) };
        let bytes = from_base64(data).map_err(|e| bad(&format!("A picture: {e}.")))?;
        let media = Media::from_bytes(&bytes).map_err(|e| bad(&format!("A picture: {e}.")))?;
        let integrity = media::integrity(&bytes);
        pictures.push((integrity.clone(), media));
        Ok(Some(integrity))
    };
    let (cover, emblem) = (keep(request.cover.as_ref())?, keep(request.emblem.as_ref())?);
    let picture = keep(request.goods.as_ref().and_then(|goods| goods.picture.as_ref()))?;
    let reward = request.reward.map(|amount| reward_terms(&request, amount)).transpose()?;
    let goods = request.goods.as_ref().map(|goods| goods_terms(goods, picture, request.amount.minor > 0));
    // Where no money is in a packet, sums of it are still told in some currency: the rewards', or that of the goods' value.
    let currency = reward.as_ref().map(|reward| reward.amount.currency);
    let currency = currency.or(goods.as_ref().and_then(|goods| goods.value).map(|value| value.currency));
    let amount = match currency {
        Some(currency) if goods.is_some() && request.amount.minor == 0 => Amount::new(0, currency),
        _ => request.amount,
    };
    let now = enterprise.party.now();
    let expires = match (request.expires, request.ends) {
        (0, Some(ends)) => ends,
        (1.., None) => now + i64::from(request.expires),
        _ => return Err(bad("Say either after how many seconds the packets expire, or when.")),
    };
    let campaign = Campaign {
        id: request.request.to_string(),
        terms: Arc::new(Terms {
            title: request.title,
            greeting: request.greeting,
            theme: request.theme,
            cover,
            emblem,
            count: request.count,
            amount,
            mode: request.mode,
            shares: request.shares,
            max_hops: request.max_hops,
            placement: request.placement,
            reward,
            account: request.account,
            starts: request.starts,
            ends: request.ends,
            addressed: request.addressed,
            goods,
            revocable: request.revocable,
        }),
        bank: request.bank.unwrap_or_else(|| enterprise.party.origin.clone()),
        created: now,
        expires,
        fund: None,
    };
    check(enterprise, &campaign)?;
    Ok((campaign, pictures))
}

fn reward_terms(request: &CreateCampaign, amount: Amount) -> Result<RewardTerms, Failure> {
    let most = amount.times(u64::from(request.per_person)).and_then(|each| each.times(u64::from(request.count)));
    let budget = request.reward_budget.map_or(most, Ok);
    let budget = budget.and_then(Amount::within_packet_limits).map_err(|e| bad(&format!("The reward budget: {e}.")))?;
    if budget.currency != amount.currency || budget.minor < amount.minor {
        return Err(bad("The reward budget must be in the reward's currency and enough for one reward."));
    }
    let greeting = request.reward_greeting.clone().unwrap_or_else(|| REWARD_GREETING.to_owned());
    text::GREETING.check(&greeting).map_err(|e| bad(&format!("The reward's greeting: {e}.")))?;
    if request.per_day == Some(0) || request.day_limit == Some(0) {
        return Err(bad("A cap by day allows at least one reward."));
    }
    if request.utc_offset.unsigned_abs() > 18 * 60 {
        return Err(bad("No place is more than 18 hours away from UTC."));
    }
    Ok(RewardTerms {
        amount,
        when: request.when,
        per_person: request.per_person,
        budget,
        greeting,
        until: request.reward_until,
        per_day: request.per_day,
        day_limit: request.day_limit,
        utc_offset: request.utc_offset,
        delay: request.reward_delay,
    })
}

fn goods_terms(goods: &CampaignGoods, picture: Option<String>, cash: bool) -> GoodsTerms {
    GoodsTerms {
        item: goods.item.clone(),
        quantity: goods.quantity,
        unit: goods.unit.clone(),
        merchant: goods.merchant.clone(),
        terms: goods.terms.clone(),
        redeem: goods.redeem.clone(),
        picture,
        value: goods.value,
        gtin: goods.gtin.clone(),
        handover: goods.handover,
        cash,
        stock: goods.stock,
    }
}

/// A packet of it must keep the format's rules, and all of its money must fit.
fn check(enterprise: &Enterprise, campaign: &Campaign) -> Result<(), Failure> {
    if campaign.terms.count == 0 {
        return Err(bad("A campaign has at least one packet."));
    }
    if campaign.terms.max_hops == 0 && campaign.terms.reward.is_some() {
        return Err(bad("Rewards need packets that can be forwarded: allow at least one hop."));
    }
    dates(campaign)?;
    campaign.terms.amount.or_nothing().map_err(|e| bad(&format!("The amount: {e}.")))?;
    let pays = campaign.terms.goods.as_ref().is_none_or(|goods| goods.cash) || campaign.terms.reward.is_some();
    if pays != campaign.is_money(&enterprise.party.origin) || pays != campaign.terms.account.is_some() {
        return Err(bad("Money needs a bank and an account that pays; goods alone, without rewards, need neither."));
    }
    let sample = Fresh { iss: enterprise.party.origin.clone(), jti: Uuid::nil(), serial: 1, now: campaign.created };
    let draw = campaign.is_lucky().then(|| Digest::of(b"any"));
    campaign.first_packet(sample, None, draw).check().map_err(|e| bad(&format!("{e}.")))?;
    campaign.budget().map_err(|e| bad(&format!("The campaign's budget: {e}.")))?;
    Ok(())
}

/// Start, end and the last opening that earns must follow one another.
fn dates(campaign: &Campaign) -> Result<(), Failure> {
    let Campaign { created, expires, terms, .. } = campaign;
    if expires <= created {
        return Err(bad("It would be over before it begins."));
    }
    if terms.starts.is_some_and(|starts| starts >= *expires) {
        return Err(bad("It must start before it ends."));
    }
    let until = terms.reward.as_ref().and_then(|reward| reward.until);
    if until.is_some_and(|until| until <= *created || until > *expires) {
        return Err(bad("Rewards end after now, and not later than the packets expire."));
    }
    Ok(())
}

fn bad(detail: &str) -> Failure {
    Failure::refused("bad-campaign", 422, "The campaign cannot be so", detail, "Change that and try again.")
}

fn draft(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    pictures: &Pictures,
    fund: Option<Uuid>,
    is_planned: bool,
) -> Result<(), StoreError> {
    for (integrity, media) in pictures {
        tx.execute(
            "INSERT INTO picture (integrity, media_type, data) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            &values![integrity, &media.kind, &media.data],
        )?;
    }
    let state = if fund.is_some() { "draft" } else { "open" };
    tx.execute(
        "INSERT INTO campaign (id, terms, bank, created, expires, state, fund_jti, standing) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &values![
            &campaign.id,
            stored::to_json(&*campaign.terms)?,
            campaign.bank.as_str(),
            campaign.created,
            campaign.expires,
            state,
            fund.map(|jti| jti.to_string()),
            if is_planned { standing::PLANNED } else { standing::RUNNING },
        ],
    )?;
    let after = if is_planned { "draft" } else { state };
    standing::note(tx, &campaign.id, standing::OPERATOR, None, after, None, campaign.created)
}

/// Has the rewards of a draft frozen. A bank that does not answer leaves a draft for later.
pub(super) async fn open(enterprise: &Arc<Enterprise>, id: &str) -> Result<(), Failure> {
    let wanted = id.to_owned();
    let query = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let row = tx.first(&format!("{SELECT} WHERE {OPENING} AND id = ?1"), &values![&wanted])?;
        row.map(|row| Ok((read(&row)?, stored::parsed::<Uuid>(&row, "fund_jti")?, stored::small(&row, "attempts")?)))
            .transpose()
    };
    let Some((campaign, jti, attempts)) = enterprise.party.store.read(query).await? else { return Ok(()) };
    let answer = freeze(enterprise, &campaign, jti).await?;
    let (id, at) = (campaign.id, retry_at(&enterprise.party, attempts));
    let now = enterprise.party.now();
    let decision = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
        let draft = "WHERE id = ?1 AND state = 'draft'";
        let (changed, state) = match answer {
            Ok(FundAnswer { fund }) => {
                let opened = format!("UPDATE campaign SET state = 'open', fund = ?2, reason = NULL {draft}");
                (tx.execute(&opened, &values![&id, fund])?, "open")
            }
            Err(error @ CallError::Refused(_)) => {
                let failed = format!("UPDATE campaign SET state = 'failed', reason = ?2 {draft}");
                (tx.execute(&failed, &values![&id, reason(&error)])?, "failed")
            }
            Err(error) => {
                let later = format!("UPDATE campaign SET attempts = attempts + 1, next_ms = ?2, reason = ?3 {draft}");
                tx.execute(&later, &values![&id, at, reason(&error)])?;
                (0, "draft")
            }
        };
        if changed > 0 { standing::bank_answered(tx, &id, state, now) } else { Ok(()) }
    };
    Ok(enterprise.party.store.decide(decision).await?)
}

async fn freeze(
    enterprise: &Enterprise,
    campaign: &Campaign,
    jti: Uuid,
) -> Result<Result<FundAnswer, CallError>, Failure> {
    let party = &enterprise.party;
    let request = fund_request(party, campaign, jti)?;
    let answer = party.post::<FundAnswer>(&campaign.bank, routes::FUNDS, &request).await;
    // The number goes into every packet, so one that no packet may carry is no answer.
    Ok(answer.and_then(|answer| match text::IDENTIFIER.check(&answer.fund) {
        Ok(()) => Ok(answer),
        Err(error) => Err(CallError::Broken(format!("the fund's number: {error}"))),
    }))
}

/// The request to freeze a campaign's rewards, signed now.
pub(super) fn fund_request(party: &Party, campaign: &Campaign, jti: Uuid) -> Result<FundRequest, Failure> {
    let (Some(reward), Some(account)) = (&campaign.terms.reward, &campaign.terms.account) else {
        return Err(StoreError::Shape("a campaign with a fund and without rewards or account".into()).into());
    };
    let claims = FundClaims {
        iss: party.origin.clone(),
        aud: campaign.bank.clone(),
        jti,
        iat: party.now(),
        account: account.clone(),
        campaign: campaign.id.clone(),
        total: reward.budget,
        per_person: reward.per_person,
        until: campaign.expires,
    };
    Ok(FundRequest { fund: party.sign(Typ::Fund, &claims)?.as_str().to_owned() })
}

/// Tries to open the drafts whose time has come; one that fails does not hold up the others.
pub(super) async fn open_due(enterprise: &Arc<Enterprise>, now_ms: i64) -> Result<(), Failure> {
    let mut all = Ok(());
    for draft in enterprise.party.store.read(move |tx| due(tx, now_ms)).await? {
        if enterprise.is_stopping() {
            break;
        }
        all = all.and(open(enterprise, &draft).await);
    }
    all
}

fn due(tx: &mut Tx<'_>, now_ms: i64) -> Result<Vec<String>, StoreError> {
    let rows =
        tx.rows(&format!("SELECT id FROM campaign WHERE {OPENING} AND next_ms <= ?1 LIMIT 32"), &values![now_ms])?;
    rows.iter().map(|row| Ok(row.text("id")?.to_owned())).collect()
}

const SELECT: &str = "SELECT id, terms, bank, created, expires, state, reason, fund_jti, fund, attempts, \
    standing, signed, promised, restored FROM campaign";

/// Which campaigns the bank is to be asked for.
pub(super) const OPENING: &str = "state = 'draft' AND standing = 'running'";

/// A campaign by its id.
pub(super) fn load(tx: &mut Tx<'_>, id: &str) -> Result<Option<(Campaign, Row)>, StoreError> {
    // What is no identifier names nothing, and not every database takes such a text (a NUL).
    if text::IDENTIFIER.check(id).is_err() {
        return Ok(None);
    }
    let row = tx.first(&format!("{SELECT} WHERE id = ?1"), &values![id])?;
    row.map(|row| Ok((read(&row)?, row))).transpose()
}

/// All campaigns, oldest first.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<(Campaign, Row)>, StoreError> {
    let rows = tx.rows(&format!("{SELECT} ORDER BY created, id"), &[])?;
    rows.into_iter().map(|row| Ok((read(&row)?, row))).collect()
}

fn read(row: &Row) -> Result<Campaign, StoreError> {
    Ok(Campaign {
        id: row.text("id")?.to_owned(),
        terms: Terms::read(row.text("terms")?).map_err(|_| stored::strange("terms"))?,
        bank: stored::origin(row, "bank")?,
        created: row.int("created")?,
        expires: row.int("expires")?,
        fund: row.opt_text("fund")?.map(str::to_owned),
    })
}

/// One campaign.
pub(super) async fn show(enterprise: &Enterprise, id: &str) -> Result<CampaignView, Failure> {
    let (id, own) = (id.to_owned(), enterprise.party.origin.clone());
    let query = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        load(tx, &id)?.map(|(campaign, row)| whole(tx, campaign, &row, &own)).transpose()
    };
    enterprise.party.store.read(query).await?.ok_or_else(unknown)
}

/// A page of the campaigns behind one of them, oldest first.
pub(super) async fn list(enterprise: &Enterprise, after: Option<String>) -> Result<CampaignList, Failure> {
    let own = enterprise.party.origin.clone();
    let query = move |tx: &mut Tx<'_>| -> Result<_, Failure> {
        let (created, id) = match after {
            Some(id) => (load(tx, &id)?.ok_or_else(unknown)?.0.created, id),
            None => (i64::MIN, String::new()),
        };
        let most = i64::try_from(PAGE_CAMPAIGNS).unwrap_or(i64::MAX);
        let sql = format!("{SELECT} WHERE created > ?1 OR (created = ?1 AND id > ?2) ORDER BY created, id LIMIT ?3");
        let mut rows = tx.rows(&sql, &values![created, id, most + 1])?;
        let more = rows.len() > PAGE_CAMPAIGNS;
        rows.truncate(PAGE_CAMPAIGNS);
        let campaigns = rows.iter().map(|row| whole(tx, read(row)?, row, &own)).collect::<Result<_, StoreError>>()?;
        Ok(CampaignList { campaigns, more })
    };
    enterprise.party.store.read(query).await
}

/// There is no such campaign.
pub(super) fn unknown() -> Failure {
    let next = "`hongbao-server campaign list` shows the campaigns there are.";
    Failure::refused("unknown-campaign", 404, "No such campaign", "There is no campaign with this id.", next)
}

/// A campaign with what was decided of it.
fn whole(tx: &mut Tx<'_>, campaign: Campaign, row: &Row, own: &Origin) -> Result<CampaignView, StoreError> {
    let changes = standing::changes(tx, standing::CAMPAIGN, &campaign.id)?;
    let recovering = recovery::is_doubtful(tx, row)?;
    let shown = view(campaign, row, own)?;
    let reason = shown.reason.clone().or_else(|| recovering.then(|| recovery::STANDS_STILL.to_owned()));
    Ok(CampaignView { changes, recovering, reason, ..shown })
}

fn view(campaign: Campaign, row: &Row, own: &Origin) -> Result<CampaignView, StoreError> {
    let budget = campaign.budget().map_err(|_| stored::strange("terms"))?;
    let is_money = campaign.is_money(own);
    let Campaign { id, terms, bank, created, expires, fund } = campaign;
    let terms = Arc::unwrap_or_clone(terms);
    Ok(CampaignView {
        request: id.clone(),
        id,
        state: standing::word(row)?.to_owned(),
        reason: standing::reason(row)?,
        title: terms.title,
        greeting: terms.greeting,
        count: terms.count,
        issued: stored::count(row, "signed")?,
        amount: terms.amount,
        mode: terms.mode,
        shares: terms.shares,
        goods: terms.goods.map(|goods| goods.view()),
        reward: terms.reward.map(|reward| RewardView {
            amount: reward.amount,
            when: reward.when,
            per_person: reward.per_person,
            per_day: reward.per_day,
            day_limit: reward.day_limit,
            utc_offset: reward.utc_offset,
            until: rfc3339(reward.until.unwrap_or(expires)),
            delay: reward.delay,
            budget: reward.budget,
            fund,
        }),
        revocable: terms.revocable,
        budget,
        created: rfc3339(created),
        starts: terms.starts.map(rfc3339),
        expires: rfc3339(expires),
        addressed: terms.addressed,
        bank: is_money.then_some(bank),
        account: terms.account,
        recovering: false,
        changes: Vec::new(),
    })
}
