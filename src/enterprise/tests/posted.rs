//! Forwarded files at addresses of their own, and the page that is there for whoever has only a browser.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;

use super::audits::assert_found;
use super::world::{Answer, World, client, code, file, origin, send};
use crate::api::posting::{PostRequest, Posted};
use crate::api::routes;
use crate::enterprise::admin::{INSTRUCTIONS, InstructPackets, Instructed};
use crate::enterprise::{MAX_LINKS_PER_PACKET, MAX_LINKS_PER_SENDER, Settings};
use crate::identity::Identity;
use crate::jose::to_base64;
use crate::packet::file::MEDIA_TYPE;
use crate::packet::media::Media;
use crate::packet::{PacketFile, VoucherClaims};
use crate::random::{Random as _, SystemRandom};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn post(world: &World, held: &PacketFile, from: &Identity) -> Answer<Posted> {
    let file = serde_json::from_slice(&held.to_bytes()).unwrap();
    world.post(routes::FORWARDS, serde_json::to_vec(&PostRequest { file }).unwrap(), Some(from)).await
}

/// The path of a link of this enterprise.
fn path(link: &str) -> &str {
    link.strip_prefix(origin().as_str()).unwrap()
}

/// What a browser gets, in this language.
async fn page(world: &World, path: &str, language: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header(header::ACCEPT, BROWSER).header(header::ACCEPT_LANGUAGE, language);
    let (parts, body) = world.app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(world: &World, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    send(world.app(), path, None, None).await
}

fn tiny_picture() -> String {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(3, 3).write_to(&mut png, image::ImageFormat::Png).unwrap();
    to_base64(&png.into_inner())
}

#[tokio::test]
async fn every_single_change_of_a_hosted_file_is_found() {
    let world = World::new().await;
    let zhang = client(1);
    let (held, other) = (world.packet(Some(&zhang), |_| ()).await, world.packet(Some(&zhang), |_| ()).await);
    post(&world, &world.forwarded(&held, &zhang, None), &zhang).await.unwrap();
    world.audit_is_clean().await;
    world.enterprise.party().store.clone().close().await;
    let grafted = PacketFile { hops: world.forwarded(&other, &zhang, None).hops, ..held };
    let grafted = String::from_utf8(grafted.to_bytes()).unwrap().replace('\'', "''");
    for (change, invariant) in [
        ("UPDATE posted SET head = 'x'", "posted-is-known"),
        ("UPDATE posted SET packet = (SELECT MAX(id) FROM packet WHERE id <> posted.packet)", "posted-of-packet"),
        ("UPDATE posted SET packet = (SELECT MAX(id) FROM packet WHERE id <> posted.packet)", "posted-as-issued"),
        ("UPDATE packet SET state = 'signed'", "posted-as-issued"),
        ("UPDATE posted SET sender = 'x'", "posted-by-sender"),
        (&format!("UPDATE posted SET file = '{grafted}'"), "posted-chain"),
    ] {
        assert_found(&world, change, invariant).await;
    }
}

#[tokio::test]
async fn a_forwarded_file_has_one_address_and_is_there_byte_for_byte() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(Some(&zhang), |it| it.emblem = Some(tiny_picture())).await;
    assert_eq!(held.media.len(), 1);
    for to in [None, Some(&li)] {
        let forwarded = world.forwarded(&held, &zhang, to);
        let posted = post(&world, &forwarded, &zhang).await.unwrap();
        assert_eq!(posted.head, crate::packet::chain::head(&forwarded.packet, &forwarded.hops));
        let (status, headers, body) = get(&world, path(&posted.link)).await;
        assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, MEDIA_TYPE));
        assert_eq!(body, forwarded.to_bytes());
        // The same again, also when it was forwarded without its picture, changes nothing.
        let bare = PacketFile { media: Vec::new(), ..forwarded.clone() };
        assert_eq!(post(&world, &forwarded, &zhang).await.unwrap(), posted);
        assert_eq!(post(&world, &bare, &zhang).await.unwrap(), posted);
        assert_eq!(get(&world, path(&posted.link)).await.2, forwarded.to_bytes());
    }
    let links = world.rows("SELECT download FROM posted").await;
    let links: BTreeSet<_> = links.iter().map(|row| row.text("download").unwrap().len()).collect();
    assert_eq!(links, BTreeSet::from([22]), "128 bits each");
    // The address of the packet as it was issued is as it was.
    let issued = world.rows("SELECT download FROM packet WHERE download IS NOT NULL").await;
    let issued = format!("{}{}", routes::DOWNLOAD, issued[0].text("download").unwrap());
    assert_eq!(get(&world, &issued).await.2, held.to_bytes());
    let world = world.reopened().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn only_ones_own_forwardings_of_our_packets_are_hosted() {
    let world = World::new().await;
    let [zhang, li, eve] = [1, 2, 9].map(client);
    let held = world.packet(Some(&zhang), |_| ()).await;
    let other = world.packet(None, |_| ()).await;
    let forwarded = world.forwarded(&held, &zhang, Some(&li));
    assert_eq!(code(post(&world, &forwarded, &eve).await), "forbidden", "another's forwarding");
    assert_eq!(code(post(&world, &held, &zhang).await), "forbidden", "not forwarded at all");
    let by_eve = world.forwarded(&forwarded, &li, None);
    let grafted = PacketFile { hops: by_eve.hops[1..].to_vec(), ..by_eve };
    assert_eq!(code(post(&world, &grafted, &li).await), "not-genuine", "a chain without its beginning");
    let swapped = PacketFile { voucher: other.voucher.clone(), ..forwarded.clone() };
    assert_eq!(code(post(&world, &swapped, &zhang).await), "not-genuine", "another packet's voucher");
    let bare = PacketFile { voucher: None, ..forwarded.clone() };
    assert_eq!(code(post(&world, &bare, &zhang).await), "not-genuine", "no voucher");
    let picture = Media::from_bytes(&crate::jose::from_base64(&tiny_picture()).unwrap()).unwrap();
    let smuggled = PacketFile { media: vec![picture], ..forwarded.clone() };
    assert_eq!(code(post(&world, &smuggled, &zhang).await), "not-genuine", "a picture that the packet does not name");
    let claims = VoucherClaims { number: "V-again".into(), ..held.voucher.as_ref().unwrap().claims.clone() };
    let again = PacketFile { voucher: Some(world.bank.sign_voucher(&claims)), ..forwarded.clone() };
    assert_eq!(code(post(&world, &again, &zhang).await), "not-genuine", "not the voucher that it was issued with");
    let anonymous: Answer<Posted> = world.post(routes::FORWARDS, b"{}".to_vec(), None).await;
    assert_eq!(code(anonymous), "unauthorized");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM posted").await, 0);
}

#[tokio::test]
async fn links_are_limited_by_sender_and_by_packet() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |_| ()).await;
    let first = post(&world, &world.forwarded(&held, &zhang, None), &zhang).await.unwrap();
    let many = |sender: &str, upto: i64| {
        format!(
            "INSERT INTO posted SELECT 'x' || '{sender}' || value, '{sender}' || value, packet, '{sender}', file, pictures, at, until \
             FROM posted, (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {upto}) \
             SELECT value FROM n) AS numbers WHERE head = '{}'",
            first.head
        )
    };
    world.write(many(&zhang.id().to_string(), MAX_LINKS_PER_SENDER - 1)).await;
    let another = world.forwarded(&held, &zhang, Some(&client(3)));
    assert_eq!(code(post(&world, &another, &zhang).await), "too-many-links");
    assert!(post(&world, &world.forwarded(&held, &client(2), None), &client(2)).await.is_ok());
    world.write(many("others", MAX_LINKS_PER_PACKET - MAX_LINKS_PER_SENDER - 1)).await;
    assert_eq!(code(post(&world, &world.forwarded(&held, &client(4), None), &client(4)).await), "too-many-links");
}

#[tokio::test]
async fn a_link_ends_with_its_packet() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |_| ()).await;
    let forwarded = world.forwarded(&held, &zhang, None);
    let posted = post(&world, &forwarded, &zhang).await.unwrap();
    let never = format!("{}{}", routes::DOWNLOAD, "A".repeat(22));
    let nothing = page(&world, &never, "en").await;
    assert_eq!(nothing.0, StatusCode::NOT_FOUND);

    world.advance(30 * 24 * 3600 + 299);
    assert_eq!(get(&world, path(&posted.link)).await.0, StatusCode::OK, "as long as its bank takes orders");
    world.advance(1);
    let (status, _, body) = get(&world, path(&posted.link)).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(String::from_utf8(body).unwrap().contains("urn:hongbao:problem:gone"));
    let over = page(&world, path(&posted.link), "en").await;
    assert_eq!((over.0, &over.2), (StatusCode::GONE, &nothing.2), "the page tells no more than of what never was");
    assert_eq!(get(&world, &format!("{}{}", path(&posted.link), routes::PREVIEW)).await.0, StatusCode::GONE);
    assert_eq!(code(post(&world, &world.forwarded(&held, &client(2), None), &client(2)).await), "gone");
    // The file goes, the address stays taken.
    world.settle().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM posted WHERE file IS NULL").await, 1);
    assert_eq!(get(&world, path(&posted.link)).await.0, StatusCode::GONE);
    assert_eq!(post(&world, &forwarded, &zhang).await.unwrap(), posted);
    world.audit_is_clean().await;
}

#[tokio::test]
async fn a_link_lives_as_long_as_its_packet_was_extended_and_ends_when_it_is_withdrawn() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |it| it.revocable = true).await;
    let posted = post(&world, &world.forwarded(&held, &zhang, None), &zhang).await.unwrap();
    let instruct = async |extend_seconds| -> Instructed {
        let wish = InstructPackets {
            request: SystemRandom.uuid(0),
            campaign: None,
            serials: None,
            packet: Some(held.packet.id()),
            extend_seconds,
            reason: "节日延长".into(),
        };
        world.admin(INSTRUCTIONS, Some(&wish)).await.unwrap()
    };
    assert_eq!(instruct(Some(60 * 24 * 3600)).await.packets[0].result, "extended");
    world.advance(40 * 24 * 3600);
    world.settle().await;
    assert_eq!(get(&world, path(&posted.link)).await.0, StatusCode::OK);
    assert!(page(&world, path(&posted.link), "en").await.2.contains(" UTC"));
    assert_eq!(instruct(None).await.packets[0].result, "withdrawn");
    assert_eq!(get(&world, path(&posted.link)).await.0, StatusCode::GONE);
    world.settle().await;
    world.audit_is_clean().await;
}

#[tokio::test]
async fn the_page_shows_the_envelope_and_nothing_that_runs_or_asks_elsewhere() {
    let hostile = "<script>alert(1)</script>\" onload=\"x";
    let wallet_url = Some("https://get.example/hongbao".to_owned().try_into().unwrap());
    let world = World::with(Settings { wallet_url, ..Settings::default() }).await;
    let zhang = client(1);
    let held = world.packet(None, |it| it.title = hostile.into()).await;
    let posted = post(&world, &world.forwarded(&held, &zhang, None), &zhang).await.unwrap();
    for (language, words, other) in
        [("zh-CN,en;q=0.5", "用 Hongbao 打开", "Open in Hongbao"), ("en", "Open in Hongbao", "下载")]
    {
        let (status, headers, html) = page(&world, path(&posted.link), language).await;
        assert_eq!(
            (status, headers[header::CONTENT_TYPE].to_str().unwrap()),
            (StatusCode::OK, "text/html; charset=utf-8")
        );
        assert!(html.contains(words) && !html.contains(other), "{html}");
        assert!(html.contains(&format!("href=\"hongbao:{}\"", posted.link)));
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x") && !html.contains("<script")
        );
        assert!(html.contains("新春纳福") && html.contains("hongbao.example"));
        // What gives the packet away is only behind the link itself: no amount, no digest, no signature.
        for secret in ["88.00", "8800", held.packet.jws.as_str(), &held.packet.id().to_string()] {
            let seen = html.replace('\n', "");
            let texts: Vec<&str> =
                seen.split("base64,").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect();
            assert!(!texts[1..].iter().any(|text| text.contains(secret)), "{secret}");
        }
        // The one address elsewhere is the one that the operator named, for a person to click.
        let elsewhere = html.matches("https://").count() - html.matches(&posted.link).count();
        assert_eq!(elsewhere, html.matches("https://get.example/hongbao").count());
        assert!(!["src=\"/", "src=\"http", "url(", "@import"].iter().any(|asks| html.contains(asks)), "{html}");
        let (styles, policy) = (html.matches("<style>").count(), headers["content-security-policy"].to_str().unwrap());
        let (before, after) = policy.split_once("'sha256-").unwrap();
        assert_eq!(
            (styles, before),
            (1, "default-src 'none'; img-src data:; style-src "),
            "nothing runs, nothing is loaded"
        );
        assert_eq!(after.split_once('\'').unwrap().1, "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert!(headers["x-robots-tag"].to_str().unwrap().contains("noindex"));
        assert_eq!(headers["vary"], "accept, accept-language");
    }
    let chosen = page(&world, &format!("{}?lang=en", path(&posted.link)), "zh").await.2;
    assert!(chosen.contains("lang=\"en\"") && chosen.contains("Open in Hongbao"));
    let saved = page(&world, &format!("{}?download", path(&posted.link)), "zh").await;
    assert_eq!(PacketFile::read(saved.2.as_bytes()).unwrap().packet, held.packet);
    assert!(saved.1[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
}

#[tokio::test]
async fn the_preview_is_a_picture_of_the_envelope() {
    let world = World::new().await;
    let (zhang, li) = (client(1), client(2));
    let held = world.packet(None, |_| ()).await;
    let mut pictures = Vec::new();
    for by in [&zhang, &li] {
        let posted = post(&world, &world.forwarded(&held, by, None), by).await.unwrap();
        let html = page(&world, path(&posted.link), "en").await.2;
        let address = format!("{}{}", posted.link, routes::PREVIEW);
        assert!(html.contains(&format!("property=\"og:image\" content=\"{address}\"")), "{html}");
        let (status, headers, png) = get(&world, path(&address)).await;
        assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "image/png"));
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (1200, 630));
        pictures.push(png);
    }
    // It depends on the packet alone, not on who forwards: nothing in it leads to anybody.
    assert_eq!(pictures[0], pictures[1]);
    let other = world.packet(None, |it| it.greeting = "恭喜发财".into()).await;
    let posted = post(&world, &world.forwarded(&other, &zhang, None), &zhang).await.unwrap();
    let another = get(&world, &format!("{}{}", path(&posted.link), routes::PREVIEW)).await.2;
    assert_ne!(another, pictures[0]);
    assert_eq!(get(&world, &format!("/p/nothing{}", routes::PREVIEW)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_operator_finds_the_packet_of_a_hosted_link() {
    let world = World::new().await;
    let zhang = client(1);
    let held = world.packet(None, |_| ()).await;
    let posted = post(&world, &world.forwarded(&held, &zhang, None), &zhang).await.unwrap();
    let last = posted.link.rsplit('/').next().unwrap();
    let found: serde_json::Value =
        world.admin(&format!("{}?link={last}", crate::enterprise::admin::life::FIND), None::<&()>).await.unwrap();
    assert_eq!(found["packets"][0]["id"], json!(held.packet.id()));
    assert_eq!(file(&world.get::<serde_json::Value>(path(&posted.link), &zhang).await.unwrap()).packet, held.packet);
}
