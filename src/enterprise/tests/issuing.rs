//! Campaigns and packets: rules, serial numbers, vouchers, a bank that is away or refuses.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::bank::{Bank, Mood};
use super::world::{START, World, card, client, code, create, file, order, send, yuan};
use crate::clock::Clock as _;
use crate::enterprise::Settings;
use crate::enterprise::admin::stats::{PAGE_PACKETS, Stats};
use crate::enterprise::admin::{self, CampaignList, CampaignView, CreateCampaign, IssuedPackets, Retried};
use crate::jose::to_base64;
use crate::packet::file::MEDIA_TYPE;
use crate::packet::{Mode, PacketFile};

#[tokio::test]
async fn a_campaign_keeps_the_rules_and_freezes_its_rewards() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.expires = 20).await.unwrap();
    assert_eq!((campaign.state.as_str(), campaign.issued), ("open", 0));
    // 10 packets × 3 shares × 88, and 10 × 10 rewards of 1.
    assert_eq!((campaign.budget, world.bank.frozen_in_funds()), (yuan(2740), vec![10_000]));
    assert_eq!(campaign.expires, "2026-02-17T03:47:00Z");
    for (answer, why) in [
        (world.campaign(|it| it.title = "\u{202e}".into()).await, "hidden characters"),
        (world.campaign(|it| it.count = 0).await, "nothing"),
        (world.campaign(|it| it.amount = yuan(0)).await, "no money"),
        (world.campaign(|it| it.shares = 0).await, "for nobody"),
        (world.campaign(|it| it.amount.minor = 1_000_000_000_000).await, "too much"),
        (world.campaign(|it| it.expires = 0).await, "over at once"),
        (world.campaign(|it| (it.mode, it.amount.minor) = (Mode::Lucky, 2)).await, "not one cent for each"),
        (world.campaign(|it| it.max_hops = 17).await, "too many hops"),
        (world.campaign(|it| it.max_hops = 0).await, "rewards without forwarding"),
        (world.campaign(|it| it.per_person = 0).await, "rewards for nobody"),
        (world.campaign(|it| it.reward_budget = Some(yuan(0))).await, "no budget"),
        (world.campaign(|it| it.reward.as_mut().unwrap().currency = "JPY".parse().unwrap()).await, "two currencies"),
        (world.campaign(|it| it.cover = Some(to_base64(b"not a picture"))).await, "no picture"),
    ] {
        assert_eq!(code(answer), "bad-campaign", "{why}");
    }
    let list: CampaignList = world.admin(admin::CAMPAIGNS, None::<&()>).await.unwrap();
    assert_eq!((list.campaigns, list.more), (vec![campaign.clone()], false));
    let behind: CampaignList =
        world.admin(&format!("{}?after={}", admin::CAMPAIGNS, campaign.id), None::<&()>).await.unwrap();
    assert_eq!(behind, CampaignList { campaigns: Vec::new(), more: false });
    let behind_nothing = format!("{}?after=x", admin::CAMPAIGNS);
    assert_eq!(code(world.admin::<CampaignList>(&behind_nothing, None::<&()>).await), "unknown-campaign");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn the_same_request_creates_one_campaign_and_one_fund() {
    let world = World::new().await;
    let request = create(&world.bank.origin);
    let first: CampaignView = world.admin(admin::CAMPAIGNS, Some(&request)).await.unwrap();
    let again: CampaignView = world.admin(admin::CAMPAIGNS, Some(&request)).await.unwrap();
    assert_eq!(first.request, request.request.to_string());
    assert_eq!((again, world.bank.frozen_in_funds().len()), (first, 1));
    for change in [
        |it: &mut CreateCampaign| it.count += 1,
        |it: &mut CreateCampaign| it.expires += 1,
        |it: &mut CreateCampaign| it.greeting.push('!'),
        |it: &mut CreateCampaign| it.reward = None,
    ] {
        let mut other = request.clone();
        change(&mut other);
        let answer: Result<CampaignView, _> = world.admin(admin::CAMPAIGNS, Some(&other)).await;
        assert_eq!(code(answer), "request-reused");
    }
    world.advance(60);
    assert_eq!(world.admin::<CampaignView>(admin::CAMPAIGNS, Some(&request)).await.unwrap().state, "open");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_campaign_whose_bank_is_away_opens_later_with_the_same_fund() {
    let world = World::new().await;
    // Pinned while the bank is there.
    world.campaign(|_| ()).await.unwrap();
    world.bank.feel(Mood::Away);
    let draft = world.campaign(|_| ()).await.unwrap();
    assert_eq!(draft.state, "draft");
    assert_eq!(code(world.issue(&draft.id, 1, None).await), "campaign-not-open");
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.issue(&draft.id, 1, None).await.unwrap().packets[0].state, "issued");
    assert_eq!(world.bank.frozen_in_funds().len(), 2);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_campaign_that_the_bank_refuses_says_why() {
    let world = World::new().await;
    world.bank.feel(Mood::Refusing);
    let refused = world.campaign(|_| ()).await.unwrap_err();
    assert_eq!(refused.code(), "campaign-failed");
    assert!(refused.detail().contains("insufficient-funds"), "{}", refused.detail());
    let unknown = world.campaign(|it| it.bank = crate::packet::Origin::parse("http://127.0.0.1:1").ok()).await;
    assert_eq!(code(unknown), "bank-not-found");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_a_proxy_answers_is_no_decision_of_the_bank() {
    let world = World::new().await;
    let open = world.campaign(|_| ()).await.unwrap();
    world.bank.feel(Mood::Fenced);
    let draft = world.campaign(|_| ()).await.unwrap();
    assert_eq!(draft.state, "draft");
    assert_eq!(world.issue(&open.id, 1, None).await.unwrap().packets[0].state, "signed");
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM campaign WHERE state = 'open'").await, 2);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_refused_campaign_asks_again_for_the_same_fund() {
    let world = World::new().await;
    let request = create(&world.bank.origin);
    world.bank.feel(Mood::Refusing);
    let refused: Result<CampaignView, _> = world.admin(admin::CAMPAIGNS, Some(&request)).await;
    assert_eq!(code(refused), "campaign-failed");
    let jti = "SELECT fund_jti AS jti FROM campaign";
    let asked = world.rows(jti).await[0].text("jti").unwrap().to_owned();
    world.bank.feel(Mood::Honest);
    let retried: Retried = world.admin(admin::RETRY, Some(&())).await.unwrap();
    assert_eq!(retried, Retried { packets: 0, campaigns: 1 });
    world.settle().await;
    let opened: CampaignView = world.admin(admin::CAMPAIGNS, Some(&request)).await.unwrap();
    assert_eq!((opened.state.as_str(), opened.reason), ("open", None));
    assert_eq!(world.rows(jti).await[0].text("jti").unwrap(), asked);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn two_vouchers_with_one_number_hold_up_nobody_else() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.bank.feel(Mood::Doubling);
    let issued = world.issue(&campaign.id, 3, None).await.unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = issued.packets.iter().partition(|it| it.state == "issued");
    assert_eq!((good.len(), bad.len()), (1, 2));
    assert!(bad.iter().all(|it| it.reason.as_ref().unwrap().contains("number")), "{bad:?}");
    world.bank.feel(Mood::Honest);
    world.advance(3600);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 3);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn one_packet_that_fails_holds_up_nobody_else() {
    let world = World::new().await;
    let other = Bank::start(world.enterprise.party.keys(), START).await;
    let first = world.campaign(|_| ()).await.unwrap();
    let second = world.campaign(|it| it.bank = Some(other.origin.clone())).await.unwrap();
    for (bank, campaign) in [(&world.bank, &first), (&other, &second)] {
        bank.feel(Mood::Away);
        world.issue(&campaign.id, 1, None).await.unwrap();
        bank.feel(Mood::Honest);
    }
    world.write(format!("UPDATE bank_key SET jwk = 'damaged' WHERE bank = '{}'", world.bank.origin.as_str())).await;
    let world = world.reopened().await;
    tokio::time::timeout(std::time::Duration::from_secs(20), world.enterprise.work()).await.expect("it ends");
    let rows = world.rows("SELECT state, attempts, reason FROM packet ORDER BY serial").await;
    assert_eq!((rows[0].text("state").unwrap(), rows[0].int("attempts").unwrap()), ("signed", 2));
    assert!(rows[0].text("reason").unwrap().contains("jwk"), "{:?}", rows[0].text("reason"));
    assert_eq!(rows[1].text("state").unwrap(), "issued");
}

#[tokio::test]
async fn nothing_new_begins_when_the_server_stops() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.bank.feel(Mood::Away);
    world.issue(&campaign.id, 3, None).await.unwrap();
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    let asked = world.bank.asked();
    let (_stopper, stop) = tokio::sync::watch::channel(true);
    world.enterprise.stop.set(stop).unwrap();
    world.settle().await;
    assert_eq!(world.bank.asked(), asked);
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 3);
}

#[test]
fn a_feed_is_not_read_without_a_pause() {
    assert!(serde_json::from_str::<Settings>(r#"{"feed_poll_seconds":0}"#).is_err());
    let settings: Settings = serde_json::from_str(r#"{"feed_poll_seconds":7}"#).unwrap();
    assert_eq!(settings.feed_poll_seconds.get(), 7);
}

#[tokio::test]
async fn packets_are_genuine_files_with_consecutive_serials() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    let issued = world.issue(&campaign.id, 3, None).await.unwrap();
    assert_eq!(issued.packets.iter().map(|it| it.serial).collect::<Vec<_>>(), [1, 2, 3]);
    for packet in &issued.packets {
        let file = world.packet_file(packet).await;
        assert_eq!((file.packet.id(), file.packet.claims.envelope.serial), (packet.id, packet.serial));
        assert_eq!(file.voucher.unwrap().claims.packet, packet.id);
    }
    assert_eq!(code(world.issue(&campaign.id, 8, None).await), "campaign-exhausted");
    assert_eq!(code(world.issue(&campaign.id, 0, None).await), "bad-request");
    assert_eq!(code(world.issue("nonsense", 1, None).await), "unknown-campaign");
    world.advance(31 * 24 * 3600);
    assert_eq!(code(world.issue(&campaign.id, 1, None).await), "campaign-expired");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn the_same_request_issues_once() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    let mut request = order(&campaign.id, 2, None);
    let first: IssuedPackets = world.admin(admin::PACKETS, Some(&request)).await.unwrap();
    let again: IssuedPackets = world.admin(admin::PACKETS, Some(&request)).await.unwrap();
    assert_eq!((first.request, &first), (request.request, &again));
    request.count = 3;
    let other: Result<IssuedPackets, _> = world.admin(admin::PACKETS, Some(&request)).await;
    assert_eq!(code(other), "request-reused");
    world.audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_share_the_serials() {
    let world = std::sync::Arc::new(World::new().await);
    let campaign = world.campaign(|it| it.count = 20).await.unwrap().id;
    let requests = (0..12).map(|_| {
        let (world, campaign) = (world.clone(), campaign.clone());
        tokio::spawn(async move { world.issue(&campaign, 2, None).await })
    });
    let mut serials = Vec::new();
    let mut exhausted = 0;
    for request in requests.collect::<Vec<_>>() {
        match request.await.unwrap() {
            Ok(issued) => serials.extend(issued.packets.iter().map(|it| it.serial)),
            Err(problem) => exhausted += usize::from(problem.code() == "campaign-exhausted"),
        }
    }
    serials.sort_unstable();
    assert_eq!((serials, exhausted), ((1..=20).collect(), 2));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn vouchers_that_are_missing_come_later() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    for mood in [Mood::Away, Mood::Wrong] {
        world.bank.feel(mood);
        let issued = world.issue(&campaign.id, 2, None).await.unwrap();
        assert!(issued.packets.iter().all(|it| it.state == "signed"), "{mood:?}");
        let path = issued.packets[0].link.strip_prefix("https://hongbao.example").unwrap().to_owned();
        assert_eq!(send(world.app(), &path, None, None).await.0, StatusCode::SERVICE_UNAVAILABLE);
        let path = admin::PACKET_FILE.replace("{id}", &issued.packets[0].id.to_string());
        assert_eq!(code(world.admin::<serde_json::Value>(&path, None::<&()>).await), "unavailable");
    }
    world.bank.feel(Mood::Honest);
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 4);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn what_the_bank_refuses_is_held_until_the_operator_retries() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    world.bank.feel(Mood::Refusing);
    let issued = world.issue(&campaign.id, 1, None).await.unwrap();
    assert_eq!(issued.packets[0].state, "held");
    assert!(issued.packets[0].reason.as_ref().unwrap().starts_with("insufficient-funds"));
    world.bank.feel(Mood::Honest);
    let asked = world.bank.asked();
    world.settle().await;
    assert_eq!(world.bank.asked(), asked, "a refusal is not asked again by itself");
    let retried: Retried = world.admin(admin::RETRY, Some(&())).await.unwrap();
    assert_eq!(retried.packets, 1);
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 1);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn many_packets_are_one_request_to_the_bank_and_each_is_answered_by_itself() {
    let world = World::new().await;
    let campaign = world.campaign(|it| it.count = 40).await.unwrap();
    let asked = world.bank.asked();
    world.bank.feel(Mood::Picky);
    let issued = world.issue(&campaign.id, 20, None).await.unwrap();
    assert_eq!(world.bank.asked(), asked + 1);
    let held: Vec<_> = issued.packets.iter().filter(|it| it.state == "held").map(|it| it.serial).collect();
    assert_eq!(held, [2]);
    assert!(issued.packets[1].reason.as_ref().unwrap().starts_with("insufficient-funds"));
    assert_eq!(issued.packets.iter().filter(|it| it.state == "issued").count(), 19);
    world.bank.feel(Mood::Forgetful);
    let issued = world.issue(&campaign.id, 3, None).await.unwrap();
    assert!(issued.packets.iter().all(|it| it.state == "signed"), "nobody can tell whose answer is missing");
    world.bank.feel(Mood::Honest);
    world.admin::<Retried>(admin::RETRY, Some(&())).await.unwrap();
    let world = world.reopened().await;
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM packet WHERE state = 'issued'").await, 23);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn packets_go_to_an_inbox_or_a_link() {
    let world = World::new().await;
    let campaign = world.campaign(|_| ()).await.unwrap();
    let zhang = client(1);
    let issued = world.issue(&campaign.id, 1, Some(&zhang)).await.unwrap();
    let packet = &issued.packets[0];
    assert_eq!(packet.to, Some(zhang.id()));
    let page = world.inbox(&zhang, 0).await;
    assert_eq!(page.items.len(), 1);
    assert_eq!(file(&page.items[0].file), world.packet_file(packet).await);
    let unknown = admin::PACKET_FILE.replace("{id}", "nothing");
    assert_eq!(code(world.admin::<serde_json::Value>(&unknown, None::<&()>).await), "not-found");
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    assert_eq!(stats.packets[0].link.as_ref(), Some(&packet.link));

    let path = packet.link.strip_prefix("https://hongbao.example").unwrap();
    let (status, headers, body) = send(world.app(), path, None, None).await;
    assert_eq!((status, headers[CONTENT_TYPE].as_bytes()), (StatusCode::OK, MEDIA_TYPE.as_bytes()));
    assert_eq!(headers[CONTENT_DISPOSITION], "attachment; filename=\"hongbao-1.hongbao\"");
    assert_eq!(PacketFile::read(&body).unwrap().packet.id(), packet.id);
    for wrong in ["/p/AAAAAAAAAAAAAAAAAAAAAA", "/p/' OR 1=1", "/p/%00"] {
        let path = wrong.replace(' ', "%20");
        assert_eq!(send(world.app(), &path, None, None).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
    let mut forged = order(&campaign.id, 1, None);
    let mut bad = card(&zhang);
    bad["card"] = format!("{}A", bad["card"].as_str().unwrap()).into();
    forged.to = Some(bad);
    let refused: Result<IssuedPackets, _> = world.admin(admin::PACKETS, Some(&forged)).await;
    assert_eq!(code(refused), "bad-card");
    world.audit_is_clean().await;
}

#[tokio::test]
async fn pictures_travel_with_the_packet() {
    let world = World::new().await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let cover = to_base64(png.get_ref());
    let held = world
        .packet(None, |it| {
            it.cover = Some(cover.clone());
            it.emblem = Some(cover.clone());
            it.theme = Some("spring".into());
        })
        .await;
    assert_eq!((held.media.len(), &held.media[0].data), (1, &cover));
    assert_eq!(held.packet.claims.envelope.theme.as_deref(), Some("spring"));
    world.audit_is_clean().await;
}

#[tokio::test]
async fn statistics_follow_each_serial() {
    let world = World::new().await;
    let (zhang, li, wang) = (client(1), client(2), client(3));
    let held = world.packet(Some(&zhang), |_| ()).await;
    let forwarded = world.forwarded(&held, &zhang, None);
    world.open(&held, &zhang).await;
    world.open(&forwarded, &li).await;
    world.open(&forwarded, &wang).await;
    world.bank.pay(&held.packet, &li.id());
    world.settle().await;
    world.bank.give_back(&held.packet);
    world.settle().await;
    let stats: Stats = world.admin(admin::stats::STATS, None::<&()>).await.unwrap();
    let first = &stats.packets[0];
    assert_eq!((first.serial, first.opened, first.forwarded, first.collected, first.rewarded), (1, 3, 2, 1, 2));
    assert_eq!((first.paid, first.returned), (yuan(88), yuan(176)));
    assert_eq!(stats.packets.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>(), ["first", "reward", "reward"]);
    assert_eq!((stats.totals.issued, stats.totals.opened, stats.campaigns[0].counts), (3, 3, stats.totals));
    let path = format!("{}?campaign={}", admin::stats::STATS, stats.campaigns[0].id);
    assert_eq!(world.admin::<Stats>(&path, None::<&()>).await.unwrap(), stats);
    assert_eq!(code(world.admin::<Stats>("/admin/stats?campaign=x", None::<&()>).await), "unknown-campaign");
    assert_eq!(world.clock.now(), super::world::START);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn statistics_come_in_pages_that_add_up() {
    let world = World::new().await;
    let all = u32::try_from(PAGE_PACKETS + 1).unwrap();
    let (one, other) = (world.campaign(|it| it.count = all).await.unwrap(), world.campaign(|_| ()).await.unwrap());
    world.issue(&one.id, all, None).await.unwrap();
    world.issue(&other.id, 2, None).await.unwrap();
    let page = async |after: u64, of: &str| {
        let path = format!("{}?after={after}{of}", admin::stats::STATS);
        world.admin::<Stats>(&path, None::<&()>).await.unwrap()
    };
    let mut first = page(0, "").await;
    assert_eq!((first.packets.len(), first.more, first.campaigns.len()), (PAGE_PACKETS, true, 1));
    let rest = page(first.packets.last().unwrap().serial, "").await;
    assert_eq!((rest.packets.len(), rest.more, rest.campaigns.len()), (3, false, 2));
    first.add(rest).unwrap();
    let serials: Vec<u64> = first.packets.iter().map(|it| it.serial).collect();
    assert_eq!(serials, (1..=u64::from(all) + 2).collect::<Vec<_>>());
    let issued = |stats: &Stats| stats.campaigns.iter().map(|it| (it.id.clone(), it.counts.issued)).collect::<Vec<_>>();
    assert_eq!((issued(&first), first.totals.issued), (vec![(one.id, u64::from(all)), (other.id.clone(), 2)], 503));
    let of_other = page(u64::from(all) + 1, &format!("&campaign={}", other.id)).await;
    assert_eq!((of_other.packets.len(), issued(&of_other)), (1, vec![(other.id.clone(), 1)]));
    for wrong in ["after=-1", "after=x", "campaign=a&campaign=b"] {
        let path = format!("{}?{wrong}", admin::stats::STATS);
        assert_eq!(code(world.admin::<Stats>(&path, None::<&()>).await), "bad-request", "{wrong}");
    }
    let nul = format!("{}?campaign=%00", admin::stats::STATS);
    assert_eq!(code(world.admin::<Stats>(&nul, None::<&()>).await), "unknown-campaign");
    let behind_all = page(9999, &format!("&campaign={}", other.id)).await;
    assert_eq!((behind_all.packets, behind_all.campaigns[0].counts.issued, behind_all.more), (Vec::new(), 0, false));
}
