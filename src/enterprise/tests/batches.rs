//! Batches: from a count or a list, page by page, whatever is killed; no serial twice, no gap, and nothing before the list is
//! whole.

use uuid::Uuid;

use super::bank::Mood;
use super::world::{Answer, START, World, card, client, code, order};
use crate::enterprise::admin::batch::{self, BatchRows, BatchView, CreateBatch, LoadRows, PAGE_ROWS, Recipient};
use crate::enterprise::admin::{self, Retried, Step};
use crate::packet::Mode;
use crate::random::{Random as _, SystemRandom};

fn request(campaign: &str, size: u32, listed: bool) -> CreateBatch {
    let request = SystemRandom.uuid(START * 1000);
    CreateBatch { request, campaign: campaign.to_owned(), size, listed, addressed: false }
}

fn named(name: &str) -> Recipient {
    Recipient { name: name.to_owned(), note: Some("会员".into()), card: None }
}

impl World {
    async fn batch(&self, request: &CreateBatch) -> Answer<BatchView> {
        self.admin(batch::BATCHES, Some(request)).await
    }

    async fn load(&self, id: Uuid, first: u32, rows: Vec<Recipient>) -> Answer<BatchView> {
        self.admin(&batch::BATCH_ROWS.replace("{id}", &id.to_string()), Some(&LoadRows { first, rows })).await
    }

    async fn stands(&self, id: Uuid) -> BatchView {
        self.admin(&batch::BATCH.replace("{id}", &id.to_string()), None::<&()>).await.unwrap()
    }

    async fn batch_rows(&self, id: Uuid, after: u32) -> BatchRows {
        let path = format!("{}?after={after}", batch::BATCH_ROWS.replace("{id}", &id.to_string()));
        self.admin(&path, None::<&()>).await.unwrap()
    }

    /// Works until nothing goes on by itself.
    async fn finish(&self, id: Uuid) -> BatchView {
        loop {
            let before = self.stands(id).await;
            self.enterprise.work().await;
            let after = self.stands(id).await;
            if after == before {
                return after;
            }
        }
    }
}

#[tokio::test]
async fn three_thousand_packets_come_from_one_request_without_a_gap() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.count = 3010).await.unwrap().id;
    let create = request(&campaign, 3000, false);
    let begun = world.batch(&create).await.unwrap();
    assert_eq!((begun.state.as_str(), begun.signed), ("running", 0));
    assert_eq!(code(world.issue(&campaign, 11, None).await), "campaign-exhausted", "they are kept for the batch");
    // Others have their turn in between, so the batch's serials have a neighbour.
    world.enterprise.work().await;
    world.issue(&campaign, 1, None).await.unwrap();
    let world = world.reopened().await;
    assert_eq!(world.batch(&create).await.unwrap().size, 3000, "the same request");
    let done = world.finish(create.request).await;
    assert_eq!((done.state.as_str(), done.signed, done.issued, done.held), ("done", 3000, 3000, 0));
    let mut serials = Vec::new();
    loop {
        let page = world.batch_rows(create.request, u32::try_from(serials.len()).unwrap()).await;
        assert!(
            page.rows.len() <= PAGE_ROWS && page.rows.iter().all(|row| row.state == "issued" && row.link.is_some())
        );
        serials.extend(page.rows.iter().map(|row| row.serial.unwrap()));
        if !page.more {
            break;
        }
    }
    assert_eq!(serials.len(), 3000);
    assert!(serials.is_sorted_by(|a, b| a < b), "in the order of the rows");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 3001);
    assert_eq!(world.count("SELECT MAX(serial) AS n FROM packet").await, 3001);
    let other = CreateBatch { size: 2999, ..create };
    assert_eq!(code(world.batch(&other).await), "request-reused");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_list_is_issued_when_all_of_it_is_there() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    let create = request(&campaign, 3, true);
    let id = create.request;
    assert_eq!(world.batch(&create).await.unwrap().state, "loading");
    let zhang = client(1);
    let addressed = Recipient { card: Some(card(&zhang)), ..named("张三") };
    let page = vec![addressed.clone(), named("李四")];
    assert_eq!(world.load(id, 1, page.clone()).await.unwrap().loaded, 2);
    assert_eq!(world.load(id, 1, page.clone()).await.unwrap().loaded, 2, "the same page again");
    assert_eq!(world.finish(id).await.signed, 0, "nothing before the list is whole");
    let changed = vec![named("王五"), named("李四")];
    assert_eq!(code(world.load(id, 1, changed).await), "request-reused");
    for (first, rows) in [(4, vec![named("a")]), (3, vec![named("a"), named("b")]), (0, vec![named("a")]), (3, vec![])]
    {
        assert_eq!(code(world.load(id, first, rows).await), "bad-batch");
    }
    for wrong in [named(""), named("a\u{202e}"), Recipient { card: Some(serde_json::json!({})), ..named("a") }] {
        assert_eq!(code(world.load(id, 3, vec![wrong]).await), "bad-batch");
    }
    // Overlapping pages are what a client sends that was stopped.
    assert_eq!(world.load(id, 2, vec![named("李四"), named("王五")]).await.unwrap().state, "running");
    assert_eq!(world.finish(id).await.issued, 3);
    let rows = world.batch_rows(id, 0).await.rows;
    assert_eq!(rows.iter().map(|row| row.name.as_deref().unwrap()).collect::<Vec<_>>(), ["张三", "李四", "王五"]);
    assert_eq!((rows[0].to, rows[1].to), (Some(zhang.id()), None));
    assert_eq!(world.inbox(&zhang, 0).await.items.len(), 1);
    assert_eq!(world.load(id, 1, page).await.unwrap().state, "done", "and again, when all is over");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 3);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_a_batch_may_not_be_is_refused() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap().id;
    for size in [0, batch::MAX_ROWS + 1] {
        assert_eq!(code(world.batch(&request(&campaign, size, false)).await), "bad-batch");
    }
    assert_eq!(code(world.batch(&request(&campaign, 11, false)).await), "campaign-exhausted");
    assert_eq!(code(world.batch(&request("nonsense", 1, false)).await), "unknown-campaign");
    let addressed = CreateBatch { addressed: true, ..request(&campaign, 1, false) };
    assert_eq!(code(world.batch(&addressed).await), "needs-recipient");
    let addressed = CreateBatch { addressed: true, ..request(&campaign, 1, true) };
    world.batch(&addressed).await.unwrap();
    assert_eq!(code(world.load(addressed.request, 1, vec![named("李四")]).await), "bad-batch");
    assert_eq!(code(world.load(Uuid::nil(), 1, vec![named("李四")]).await), "unknown-batch");
    // Two lists for the last packets: whoever is whole first has them.
    let (one, two) = (request(&campaign, 6, true), request(&campaign, 6, true));
    for each in [&one, &two] {
        world.batch(each).await.unwrap();
    }
    let rows: Vec<Recipient> = (0..6).map(|_| named("a")).collect();
    world.load(one.request, 1, rows.clone()).await.unwrap();
    assert_eq!(code(world.load(two.request, 1, rows).await), "campaign-exhausted");
    assert_eq!(world.finish(one.request).await.issued, 6);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_batch_waits_for_its_bank_its_campaign_and_an_operator() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.count = 5000).await.unwrap().id;
    let create = request(&campaign, 4000, false);
    world.bank.feel(Mood::Away);
    world.batch(&create).await.unwrap();
    let away = world.finish(create.request).await;
    assert_eq!((away.signed, away.issued), (2000, 0), "never far ahead of the bank");
    assert!(away.reason.is_some());
    world.bank.feel(Mood::Refusing);
    world.advance(3600);
    let refused = world.finish(create.request).await;
    assert!(refused.held > 0 && refused.signed == 2000, "{refused:?}");
    world.audit_is_clean().await;
    world.bank.feel(Mood::Honest);
    world.admin::<Retried>(admin::RETRY, Some(&())).await.unwrap();
    world.step(&campaign, Step::Pause).await.unwrap();
    let paused = world.finish(create.request).await;
    assert_eq!((paused.signed, paused.issued), (2000, 2000), "what was signed before is still issued");
    assert_eq!(paused.reason.as_deref(), Some("its campaign is paused"));
    world.advance(10);
    world.step(&campaign, Step::Resume).await.unwrap();
    world.enterprise.work().await;
    let on = world.stands(create.request).await;
    assert!(on.signed > 2000 && on.signed < 4000, "{on:?}");
    world.advance(10);
    world.step(&campaign, Step::Close).await.unwrap();
    let stopped = world.finish(create.request).await;
    assert_eq!((stopped.state.as_str(), stopped.signed), ("stopped", on.signed));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_batch_ends_with_its_campaigns_time() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.expires = 20).await.unwrap().id;
    let create = request(&campaign, 5, false);
    world.batch(&create).await.unwrap();
    world.advance(20);
    assert_eq!(world.finish(create.request).await.state, "stopped");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet").await, 0);
    assert_eq!(world.count("SELECT promised AS n FROM campaign").await, 0);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_notice_waits_for_no_whole_batch() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.count = 5000).await.unwrap().id;
    let held = world.admin::<admin::IssuedPackets>(admin::PACKETS, Some(&order(&campaign, 1, None))).await.unwrap();
    let held = world.packet_file(&held.packets[0]).await;
    world.batch(&request(&campaign, 4000, false)).await.unwrap();
    world.open(&world.forwarded(&held, &client(1), None), &client(2)).await;
    world.enterprise.work().await;
    let made = "SELECT COUNT(*) AS n FROM reward WHERE state IN ('made', 'delivered')";
    assert_eq!(world.count(made).await, 1, "after one round of work");
    assert!(world.count("SELECT COUNT(*) AS n FROM packet").await < 4000);
}

#[tokio::test]
async fn goods_are_kept_for_a_batch_until_it_is_signed() {
    let world = World::new().await;
    let campaign = world.campaign(super::goods::of_tea).await.unwrap().id;
    // Each packet promises six of the twenty units.
    let create = request(&campaign, 3, false);
    assert_eq!(world.batch(&create).await.unwrap().signed, 0);
    assert_eq!(code(world.issue(&campaign, 1, None).await), "out-of-stock", "two units are left");
    assert_eq!(code(world.batch(&request(&campaign, 1, false)).await), "out-of-stock");
    let change = |units| admin::ChangeStock { request: SystemRandom.uuid(START * 1000), units };
    let stock = admin::STOCK.replace("{id}", &campaign);
    assert_eq!(code(world.admin::<admin::StockView>(&stock, Some(&change(-3))).await), "out-of-stock");
    world.admin::<admin::StockView>(&stock, Some(&change(-2))).await.unwrap();
    let done = world.finish(create.request).await;
    assert_eq!((done.state.as_str(), done.signed, done.issued), ("done", 3, 3));
    let after: admin::StockView = world.admin(&stock, None::<&()>).await.unwrap();
    assert_eq!((after.free, after.promised), (0, 18));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_batch_of_lucky_packets_has_a_draw_for_each() {
    let world = World::new().await;
    let lucky = |it: &mut admin::CreateCampaign| (it.mode, it.count, it.reward) = (Mode::Lucky, 250, None);
    let campaign = world.campaign(lucky).await.unwrap().id;
    let create = request(&campaign, 250, false);
    world.batch(&create).await.unwrap();
    world.enterprise.work().await;
    let world = world.reopened().await;
    let done = world.finish(create.request).await;
    assert_eq!((done.state.as_str(), done.signed, done.issued), ("done", 250, 250));
    assert_eq!(world.count("SELECT COUNT(DISTINCT packet) AS n FROM draw WHERE packet IS NOT NULL").await, 250);
    world.audit_is_clean().await;
}
