//! Origins: who an issuer or a bank is, as `scheme://host[:port]` (RFC 6454). Pure; knows no network.
//!
//! An origin names a party in every signed claim, so it has exactly one spelling here: what does not already
//! stand in that spelling is refused, never repaired.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longest URL accepted in a claim, in bytes (docs/packet-format.md, Limits).
pub const MAX_URL_BYTES: usize = 512;

/// A party's origin in its canonical spelling, such as `https://bank.example` or `http://127.0.0.1:8701`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "server",
    derive(utoipa::ToSchema),
    schema(value_type = String, format = "uri", max_length = 512, example = "https://bank.example")
)]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// More than [`MAX_URL_BYTES`] bytes.
    #[error("the address is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Not a URL, or not one of `https`/`http`.
    #[error("the address is not of the form https://name.example")]
    NotHttp,
    /// A path, query, user name, or another spelling of the same origin.
    #[error("the address must be only scheme, host and port, in its normal spelling")]
    NotCanonical,
    /// Plain http to anything but a literal loopback address.
    #[error("plain http is allowed only to a literal loopback address")]
    PlainHttp,
}

impl Origin {
    /// Reads an origin, which must already be in canonical spelling.
    ///
    /// # Errors
    /// [`OriginError`] says which rule the text breaks. Plain `http` is an origin only when its host is a literal
    /// loopback address (`127.0.0.0/8` or `[::1]`); whether one may connect to it is the caller's question.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.len() > MAX_URL_BYTES {
            return Err(OriginError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| OriginError::NotHttp)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(OriginError::NotHttp);
        }
        let canonical = url.origin().ascii_serialization();
        if canonical != text || !is_plain(&url) {
            return Err(OriginError::NotCanonical);
        }
        let origin = Self(canonical);
        if url.scheme() == "http" && !origin.is_loopback() {
            return Err(OriginError::PlainHttp);
        }
        Ok(origin)
    }

    /// Reads what a person typed: trims, drops one trailing slash and the case of the host, then parses.
    ///
    /// # Errors
    /// As [`Origin::parse`].
    pub fn from_input(text: &str) -> Result<Self, OriginError> {
        let text = text.trim();
        let text = text.strip_suffix('/').unwrap_or(text);
        Self::parse(&text.to_ascii_lowercase())
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host without brackets or port, as people read it.
    #[must_use]
    pub fn host(&self) -> String {
        Url::parse(&self.0)
            .ok()
            .and_then(|url| url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()))
            .unwrap_or_default()
    }

    /// The host as an IP address, when it is a literal one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match Url::parse(&self.0).ok()?.host()? {
            Host::Ipv4(ip) => Some(ip.into()),
            Host::Ipv6(ip) => Some(ip.into()),
            Host::Domain(_) => None,
        }
    }

    /// Whether the host is a literal loopback address (a name such as `localhost` is not).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.ip().is_some_and(|ip| ip.is_loopback())
    }

    /// The URL of a path (beginning with `/`) at this origin.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// Whether a name is made of plain labels and the port is one. `bank.example.` is the same host to the network as without
/// the dot, and another to whoever compares texts; the URL parser also lets through empty labels and signs such as `!`.
fn is_plain(url: &Url) -> bool {
    let plain =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let name = match url.host() {
        Some(Host::Domain(name)) => name.split('.').all(plain),
        Some(_) => true,
        None => false,
    };
    name && url.port() != Some(0)
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        for good in ["https://bank.example", "https://bank.example:8443", "http://127.0.0.1:8701", "http://[::1]:80801"]
        {
            assert_eq!(Origin::parse(good).is_ok(), !good.ends_with("80801"), "{good}");
        }
        for (bad, why) in [
            ("https://Bank.example", OriginError::NotCanonical),
            ("https://bank.example/", OriginError::NotCanonical),
            ("https://bank.example:443", OriginError::NotCanonical),
            ("https://u@bank.example", OriginError::NotCanonical),
            ("https://bank.example?x", OriginError::NotCanonical),
            ("https://bank.example.", OriginError::NotCanonical),
            ("https://bank..example", OriginError::NotCanonical),
            ("https://bank!.example", OriginError::NotCanonical),
            ("https://bank.example:0", OriginError::NotCanonical),
            ("ftp://bank.example", OriginError::NotHttp),
            ("bank.example", OriginError::NotHttp),
            ("http://bank.example", OriginError::PlainHttp),
            ("http://localhost:80", OriginError::NotCanonical),
            ("http://localhost:8080", OriginError::PlainHttp),
            ("http://[::ffff:127.0.0.1]:9", OriginError::NotCanonical),
        ] {
            assert_eq!(Origin::parse(bad), Err(why), "{bad}");
        }
        assert_eq!(Origin::parse(&format!("https://{}.example", "a".repeat(600))), Err(OriginError::TooLong));
    }

    #[test]
    fn typed_by_a_person() {
        let origin = Origin::from_input(" HTTPS://Bank.Example/ ").map(String::from);
        assert_eq!(origin.as_deref(), Ok("https://bank.example"));
    }
}
