//! What is at a download address: the packet's file for programs, and for whoever has only a browser a page that shows the
//! envelope. The page needs no script, asks nobody else for anything, and says of a packet that is over, or was never
//! there, the same: nothing.

mod page;
mod picture;
mod words;

use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use url::Url;
use utoipa::IntoParams;

pub(super) use self::picture::Previews;
use self::words::Tongue;
use super::failure::Failure;
use super::posted::{self, Found};
use super::{Enterprise, issuing};
use crate::api::problem::{General, Problem};
use crate::packet::PacketFile;
use crate::packet::file::MEDIA_TYPE;
use crate::packet::text;
use crate::store::{StoreError, Tx};

/// Longest address of the wallet's own place, in bytes.
const MAX_URL_BYTES: usize = 512;

/// Where people get the wallet: an https address that the operator vouches for.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct WalletUrl(String);

impl TryFrom<String> for WalletUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).ok().filter(|url| url.scheme() == "https" && text.len() <= MAX_URL_BYTES);
        url.map(|url| Self(url.into())).ok_or("an https address of at most 512 bytes")
    }
}

/// What the query of a download may say.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The page's language, `zh-CN` or `en`; else by `Accept-Language`.
    lang: Option<String>,
    /// The file, whatever the header `Accept` says.
    download: Option<String>,
}

/// What somebody wants who comes to an address.
pub(super) struct Wish {
    page: bool,
    tongue: Tongue,
}

impl Wish {
    /// A page for whoever asks for one, as browsers do; the file for everybody else.
    pub(super) fn of(asked: &Asked, headers: &HeaderMap) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let accepted: Vec<(String, u16)> = weighed(header(ACCEPT));
        let weight = |media: &str| accepted.iter().find(|(range, _)| range == media).map_or(0, |(_, weight)| *weight);
        let html = weight("text/html").max(weight("application/xhtml+xml"));
        let page = asked.download.is_none() && html > 0 && html >= weight(MEDIA_TYPE);
        let chosen = asked.lang.as_deref().and_then(Tongue::of_tag);
        let preferred = weighed(header(ACCEPT_LANGUAGE)).into_iter().filter(|(_, weight)| *weight > 0);
        let preferred = preferred.filter_map(|(tag, weight)| Some((Tongue::of_tag(&tag)?, weight)));
        // Of equals the first.
        let best = preferred.reduce(|best, next| if next.1 > best.1 { next } else { best });
        Self { page, tongue: chosen.or(best.map(|(tongue, _)| tongue)).unwrap_or(Tongue::English) }
    }
}

/// The items of a header with their weights in thousandths (RFC 9110 section 12.4.2); what cannot be read weighs nothing.
fn weighed(header: &str) -> Vec<(String, u16)> {
    let item = |item: &str| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok()).unwrap_or(0.0);
        (name, (weight.clamp(0.0, 1.0) * 1000.0) as u16)
    };
    header.split(',').take(32).map(item).filter(|(name, _)| !name.is_empty()).collect()
}

/// Answers whoever comes to a download address.
pub(super) async fn answer(enterprise: &Enterprise, id: &str, wish: &Wish) -> Response {
    let found = match find(enterprise, id).await {
        Ok(found) => found,
        Err(error) => return Failure::from(error).into_response(),
    };
    if !wish.page {
        let answer = match found {
            Found::File(packet, serial, _) => Ok(file(&packet, serial)),
            Found::NotYet => Err(not_yet()),
            Found::Over => Err(posted::gone()),
            Found::Nothing => Err(unknown()),
        };
        return negotiated(answer.into_response());
    }
    let (status, page) = match found {
        Found::File(packet, serial, until) => {
            let link = issuing::link(&enterprise.party.origin, id);
            let place = page::Place { link: &link, serial, until, wallet: wallet_url(enterprise) };
            (StatusCode::OK, page::of(&packet, &place, wish.tongue))
        }
        Found::NotYet => (StatusCode::SERVICE_UNAVAILABLE, page::plain(page::Plain::NotYet, wish.tongue)),
        Found::Over => (StatusCode::GONE, page::plain(page::Plain::Nothing, wish.tongue)),
        Found::Nothing => (StatusCode::NOT_FOUND, page::plain(page::Plain::Nothing, wish.tongue)),
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, page::policy().to_owned()),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive".to_owned()),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin".to_owned()),
    ];
    negotiated((status, headers, page).into_response())
}

/// What answers by what was asked for says so to caches between.
fn negotiated(mut answer: Response) -> Response {
    answer.headers_mut().insert(VARY, axum::http::HeaderValue::from_static("accept, accept-language"));
    answer
}

fn wallet_url(enterprise: &Enterprise) -> Option<&str> {
    enterprise.settings.wallet_url.as_ref().map(|url| url.0.as_str())
}

/// The picture for previews.
pub(super) async fn preview(enterprise: &Enterprise, id: &str) -> Result<Response, Failure> {
    match find(enterprise, id).await? {
        Found::File(packet, ..) => {
            let png = enterprise.previews.of(&packet).await.ok_or_else(|| {
                Problem::general(General::Unavailable, "The picture cannot be drawn now.").with_retry_after(30)
            })?;
            Ok(([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "public, max-age=3600")], png).into_response())
        }
        Found::NotYet => Err(not_yet()),
        Found::Over => Err(posted::gone()),
        Found::Nothing => Err(unknown()),
    }
}

async fn find(enterprise: &Enterprise, id: &str) -> Result<Found, StoreError> {
    // What is no identifier names nothing, and not every database takes such a text (a NUL).
    if text::IDENTIFIER.check(id).is_err() {
        return Ok(Found::Nothing);
    }
    let (id, now) = (id.to_owned(), enterprise.party.now());
    enterprise.party.store.read(move |tx: &mut Tx<'_>| posted::find(tx, &id, now)).await
}

/// A packet file to save.
pub(super) fn file(packet: &PacketFile, serial: u64) -> Response {
    let name = format!("attachment; filename=\"hongbao-{serial}.hongbao\"");
    let headers = [(CONTENT_TYPE, MEDIA_TYPE.to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, packet.to_bytes()).into_response()
}

pub(super) fn not_yet() -> Failure {
    Problem::general(General::Unavailable, "The bank has not signed for this packet yet.")
        .with_next("Try again in a minute.")
        .with_retry_after(30)
        .into()
}

pub(super) fn unknown() -> Failure {
    Problem::general(General::NotFound, "There is no packet at this address.")
        .with_next("Check the link or id: it must be complete, to the last letter.")
        .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::http::HeaderValue;

    use super::*;

    fn wish(asked: &Asked, accept: &str, language: &str) -> (bool, Tongue) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(language).unwrap());
        let wish = Wish::of(asked, &headers);
        (wish.page, wish.tongue)
    }

    #[test]
    fn browsers_get_a_page_and_programs_the_file() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let usual = Asked::default();
        for (accept, page) in [
            (browser, true),
            ("*/*", false),
            ("", false),
            ("application/vnd.hongbao+json", false),
            ("text/html;q=0", false),
            ("text/html;q=0.3, application/vnd.hongbao+json", false),
            ("text/html;q=nonsense", false),
        ] {
            assert_eq!(wish(&usual, accept, "").0, page, "{accept}");
        }
        assert!(!wish(&Asked { download: Some(String::new()), ..Asked::default() }, browser, "").0);
    }

    #[test]
    fn the_language_is_the_chosen_one_else_the_preferred_one() {
        let usual = Asked::default();
        for (header, tongue) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Tongue::Chinese),
            ("en-GB,zh;q=0.5", Tongue::English),
            ("fr,zh-Hant;q=0.7,en;q=0.3", Tongue::Chinese),
            ("en;q=0.2,zh;q=0.8", Tongue::Chinese),
            ("zh;q=0, fr", Tongue::English),
            ("", Tongue::English),
        ] {
            assert_eq!(wish(&usual, "", header).1, tongue, "{header}");
        }
        let chosen = Asked { lang: Some("zh-CN".into()), ..Asked::default() };
        assert_eq!(wish(&chosen, "", "en").1, Tongue::Chinese);
        let unknown = Asked { lang: Some("xx".into()), ..Asked::default() };
        assert_eq!(wish(&unknown, "", "zh").1, Tongue::Chinese);
    }

    #[test]
    fn the_wallets_place_is_an_https_address() {
        assert!(WalletUrl::try_from("https://hongbao.example/get".to_owned()).is_ok());
        for bad in ["javascript:alert(1)", "http://hongbao.example/", "hongbao.example", ""] {
            assert!(WalletUrl::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
