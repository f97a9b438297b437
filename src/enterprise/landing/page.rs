//! How a page looks: HTML by a template library, so that every text is escaped unless somebody writes otherwise, with the
//! same drawings as the window's. It knows no request and no database.

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::words::Tongue;
use crate::api::routes;
use crate::art::{self, BANNER_SIZE, Colourway, EnvelopeArt, Guilloche, Paper, SealFace};
use crate::clock::rfc3339;
use crate::jose::{Digest, to_base64};
use crate::packet::PacketFile;

const STYLE: &str = include_str!("../../../assets/page/page.css");

/// What a browser may do with the page: show what came with it, in this one style. Nothing else, and no script.
pub(super) fn policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let style = to_base64(Digest::of(STYLE.as_bytes()).as_bytes());
        format!(
            "default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        )
    });
    &POLICY
}

/// Where a packet is, and until when.
pub(super) struct Place<'a> {
    /// The page's own address.
    pub(super) link: &'a str,
    pub(super) serial: u64,
    pub(super) until: i64,
    /// Where people get the wallet.
    pub(super) wallet: Option<&'a str>,
}

/// A page without a packet.
#[derive(Clone, Copy)]
pub(super) enum Plain {
    /// Never there, over, or taken back: all the same for whoever asks.
    Nothing,
    /// There soon.
    NotYet,
}

/// The greeting's first line, set large, and the rest.
pub(super) fn greeting_parts(greeting: &str) -> (&str, &str) {
    let (first, rest) = greeting.split_once('\n').unwrap_or((greeting, ""));
    (first.trim(), rest.trim())
}

/// What the envelope is made of.
pub(super) fn paper(packet: &PacketFile) -> Paper {
    Paper::Gift(Colourway::named(packet.packet.claims.envelope.theme.as_deref()))
}

/// The page of a packet.
pub(super) fn of(packet: &PacketFile, place: &Place<'_>, tongue: Tongue) -> String {
    let claims = &packet.packet.claims;
    let (title, greeting) = (&claims.envelope.title, &claims.envelope.greeting);
    let heading = tongue.tell("page-title", &[("title", title)]);
    let time = minute(place.until);
    let alt = tongue.tell("page-alt", &[("title", title), ("greeting", greeting)]);
    let head = html! {
        meta property="og:type" content="website";
        meta property="og:title" content=(heading);
        meta property="og:description" content=(greeting);
        meta property="og:locale" content=(tongue.tag().replace('-', "_"));
        meta property="og:image" content=(format_args!("{}{}", place.link, routes::PREVIEW));
        meta property="og:image:type" content="image/png";
        meta property="og:image:width" content=(BANNER_SIZE[0]);
        meta property="og:image:height" content=(BANNER_SIZE[1]);
        meta property="og:image:alt" content=(alt);
        meta name="twitter:card" content="summary_large_image";
        meta name="description" content=(greeting);
    };
    let main = html! {
        figure.envelope { (envelope(packet, place, tongue, &alt)) }
        section.side aria-labelledby="gift" {
            h1 id="gift" { (tongue.say("page-gift")) }
            dl {
                div { dt { (tongue.say("page-issuer")) } dd { bdi { (title) } br; span.host { (claims.iss.host()) } } }
                div {
                    dt { (tongue.say("page-expires")) }
                    dd { time datetime=(rfc3339(place.until)) { (time) } " UTC" }
                }
            }
            p.actions {
                a.primary href={ "hongbao:" (place.link) } { (tongue.say("page-open")) }
                a.secondary href="?download" download { (tongue.say("page-download")) }
            }
            p.check { (tongue.say("page-check")) }
            h2 { (tongue.say("page-how")) }
            ol {
                li { (tongue.say("page-how-open")) }
                li { (tongue.say("page-how-file")) }
                li {
                    (tongue.say("page-how-get"))
                    // Chinese sentences follow each other without a space.
                    @if tongue == Tongue::English { " " }
                    @match place.wallet {
                        Some(url) => { a href=(url) rel="noreferrer noopener" { (tongue.say("page-get")) } }
                        None => { (tongue.say("page-get-ask")) }
                    }
                }
            }
        }
    };
    whole(tongue, &heading, &head, &main)
}

/// A page that says why there is nothing to see.
pub(super) fn plain(what: Plain, tongue: Tongue) -> String {
    let [heading, why, next] = match what {
        Plain::Nothing => ["page-nothing", "page-nothing-why", "page-nothing-next"],
        Plain::NotYet => ["page-not-yet", "page-not-yet-why", "page-not-yet-next"],
    }
    .map(|key| tongue.say(key));
    let main = html! {
        section.side.alone {
            h1 { (heading) }
            p { (why) }
            p { (next) }
        }
    };
    whole(tongue, &heading, &html! {}, &main)
}

fn whole(tongue: Tongue, title: &str, head: &Markup, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(tongue.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow, noarchive";
                meta name="color-scheme" content="light dark";
                title { (title) }
                (head)
                link rel="icon" type="image/svg+xml" href=(*ICON);
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    span.name { "Hongbao 红包" }
                    nav aria-label=(tongue.say("page-languages")) {
                        @for other in Tongue::ALL {
                            @let now = (other == tongue).then_some("true");
                            a href={ "?lang=" (other.tag()) } lang=(other.tag()) hreflang=(other.tag()) aria-current=[now] {
                                (other.own_name())
                            }
                        }
                    }
                }
                main { (main) }
            }
        }
    };
    page.into_string()
}

static ICON: LazyLock<String> = LazyLock::new(|| data_url(&art::app_icon(64.0)));

/// The closed envelope: paper, crest and seal as drawings, the words as text that can be read and copied.
fn envelope(packet: &PacketFile, place: &Place<'_>, tongue: Tongue, alt: &str) -> Markup {
    let claims = &packet.packet.claims;
    let paper = paper(packet);
    let guilloche = Guilloche { seed: *packet.packet.id().as_bytes(), intact: true };
    let sheet = art::envelope(&EnvelopeArt { width: 360.0, paper, guilloche });
    let issuer = *Digest::of(claims.iss.as_str().as_bytes()).as_bytes();
    let seal = if tongue == Tongue::Chinese { SealFace::Gold } else { SealFace::GoldOpen };
    let (first, rest) = greeting_parts(&claims.envelope.greeting);
    html! {
        img.sheet src=(data_url(&sheet)) alt=(alt) width="360" height="500";
        img.crest src=(data_url(&art::crest(52.0, paper, &issuer))) alt="";
        img.seal src=(data_url(&art::seal(112.0, seal))) alt="";
        // The picture's own text says the same.
        div.words aria-hidden="true" {
            p.title { bdi { (claims.envelope.title) } }
            p.greeting.long[first.chars().count() > 8].longer[first.chars().count() > 24] { bdi { (first) } }
            @if !rest.is_empty() { p.wish { bdi { (rest) } } }
            p.number { (tongue.tell("page-number", &[("serial", &format!("{:06}", place.serial))])) }
            p.until { (tongue.tell("page-until", &[("time", &minute(place.until))])) }
        }
    }
}

fn data_url(svg: &str) -> String {
    format!("data:image/svg+xml;base64,{}", to_base64(svg.as_bytes()))
}

/// A time to the minute in UTC: whoever reads the page is anywhere, and without a script it cannot ask where.
fn minute(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M").to_string()
}
