//! One request and its answer, as plain values. Knows no socket. Neither shows headers, path or body in `Debug`:
//! tokens, one-time addresses and packets travel there.

use std::fmt;
use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};

use crate::packet::origin::Origin;

const DEFAULT_MAX_ANSWER: usize = 64 * 1024;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_CONTENT_TYPE_BYTES: usize = 256;
const MAX_RETRY_AFTER_SECONDS: u64 = 24 * 60 * 60;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes.
    Post,
}

/// A request to one origin. Built with [`Request::get`] or [`Request::post`].
#[derive(Clone)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// Who is asked.
    pub origin: Origin,
    /// Begins with `/`; may have a query.
    pub path: String,
    /// Further headers. `Host`, `Content-Length` and `User-Agent` are the client's own.
    pub headers: Vec<(&'static str, String)>,
    /// The media type of the body.
    pub content_type: Option<&'static str>,
    /// The body; its size is the sender's affair.
    pub body: Option<Vec<u8>>,
    /// Longest answer's body that is read, in bytes.
    pub max_answer: usize,
    /// For everything from looking up the name to the last byte of the answer.
    pub timeout: Duration,
}

impl Request {
    /// Reads a path, which begins with `/`. At most 64 KiB of answer within 10 seconds.
    #[must_use]
    pub fn get(origin: &Origin, path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            origin: origin.clone(),
            path: path.into(),
            headers: Vec::new(),
            content_type: None,
            body: None,
            max_answer: DEFAULT_MAX_ANSWER,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Sends a body to a path, with the limits of [`Request::get`].
    #[must_use]
    pub fn post(origin: &Origin, path: impl Into<String>, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { method: Method::Post, content_type: Some(content_type), body: Some(body), ..Self::get(origin, path) }
    }

    /// Adds a header; its name is written in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the longest answer's body that is read, in bytes.
    #[must_use]
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = bytes;
        self
    }

    /// Sets the time for the whole exchange.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body_bytes = self.body.as_ref().map_or(0, Vec::len);
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &self.origin.as_str())
            .field("body_bytes", &body_bytes)
            .finish_non_exhaustive()
    }
}

/// What the server answered, with any status: a redirect or a problem is an answer too.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The server's clock (header `Date`), in Unix seconds.
    pub date: Option<i64>,
    /// The media type of the body, as the server wrote it.
    pub content_type: Option<String>,
    /// After how many seconds to ask again, at most a day. The form with a date counts as absent.
    pub retry_after: Option<u64>,
    /// The body, complete.
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            date: text(headers, &DATE).and_then(unix_seconds),
            content_type: text(headers, &CONTENT_TYPE)
                .filter(|media_type| media_type.len() <= MAX_CONTENT_TYPE_BYTES)
                .map(str::to_owned),
            retry_after: text(headers, &RETRY_AFTER)
                .and_then(|seconds| seconds.parse().ok())
                .map(|seconds: u64| seconds.min(MAX_RETRY_AFTER_SECONDS)),
            body,
        }
    }

    /// Whether the status is 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Only visible ASCII, so the text is safe wherever it is shown.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Reads an HTTP date in its one form that may be written today (RFC 9110 section 5.6.7).
fn unix_seconds(date: &str) -> Option<i64> {
    let parser = rfc2822::DateTimeParser::new();
    parser.parse_timestamp(date).ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use reqwest::header::HeaderValue;

    use super::*;

    fn answer(headers: &[(HeaderName, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        Answer::new(200, &headers.collect(), Vec::new())
    }

    #[test]
    fn headers_of_an_answer() {
        let good = answer(&[
            (DATE, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (CONTENT_TYPE, "application/json"),
            (RETRY_AFTER, " 120 "),
        ]);
        assert_eq!((good.date, good.retry_after), (Some(784_111_777), Some(120)));
        assert_eq!(good.content_type.as_deref(), Some("application/json"));

        let long = "a".repeat(MAX_CONTENT_TYPE_BYTES + 1);
        let bad = answer(&[(DATE, "yesterday"), (CONTENT_TYPE, &long), (RETRY_AFTER, "-1")]);
        assert_eq!((bad.date, bad.content_type, bad.retry_after), (None, None, None));
        assert_eq!(answer(&[(RETRY_AFTER, "99999999")]).retry_after, Some(MAX_RETRY_AFTER_SECONDS));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let origin = Origin::parse("https://bank.example").unwrap();
        let request = Request::post(&origin, "/p/SECRET", "application/json", b"SECRET".to_vec());
        let shown = format!("{:?}", request.header("authorization", "SECRET"));
        assert_eq!(shown, r#"Request { method: Post, origin: "https://bank.example", body_bytes: 6, .. }"#);

        let answer = Answer { body: b"SECRET".to_vec(), ..answer(&[]) };
        assert!(!format!("{answer:?}").contains("SECRET"));
    }
}
