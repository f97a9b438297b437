//! Problem documents (RFC 9457): how a server says that something went wrong. Pure; knows no HTTP library.
//!
//! A problem is told apart by its code alone, which is stable; its texts are for people. What another server wrote
//! is plain, short text here: nothing in it can reorder, hide or flood what is shown.

use serde::Serialize;
use serde_json::Value;

/// The media type of a problem document (RFC 9457 section 6.1).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Longest document read, in bytes; a longer one counts as none.
pub const MAX_BYTES: usize = 16 * 1024;

/// What every `type` of ours begins with; the code follows.
pub const TYPE_PREFIX: &str = "urn:hongbao:problem:";
const MAX_CODE_BYTES: usize = 64;
const MAX_TITLE_CHARS: usize = 128;
const MAX_TEXT_CHARS: usize = 512;

/// What went wrong, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Problem {
    #[serde(rename = "type")]
    #[cfg_attr(feature = "server", schema(pattern = "^urn:hongbao:problem:[a-z0-9-]{1,64}$"))]
    type_uri: String,
    title: String,
    #[cfg_attr(feature = "server", schema(minimum = 400, maximum = 599))]
    status: u16,
    detail: String,
    /// Extension member (RFC 9457 section 3.2): what the reader can do now.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Travels as the header `Retry-After`, not in the document.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// The problems that any server can have. Each part of the project adds its own codes with [`Problem::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum General {
    /// The request cannot be read.
    BadRequest,
    /// The caller did not prove who they are.
    Unauthorized,
    /// The caller is known and may not do this.
    Forbidden,
    /// Nothing is at this address.
    NotFound,
    /// Something is at this address, but not for this method.
    MethodNotAllowed,
    /// The body is over the limit.
    TooLarge,
    /// The body is not of the media type asked for.
    UnsupportedMediaType,
    /// The caller asked too often.
    TooManyRequests,
    /// The caller's clock is too far from the server's; the header `Date` has the server's.
    ClockSkew,
    /// A fault of the server.
    Internal,
    /// The server cannot answer now, but may later.
    Unavailable,
}

impl General {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::ClockSkew,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().0
    }

    fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::BadRequest => ("bad-request", 400, "The request cannot be read"),
            Self::Unauthorized => ("unauthorized", 401, "Please prove who you are"),
            Self::Forbidden => ("forbidden", 403, "This is not allowed"),
            Self::NotFound => ("not-found", 404, "There is nothing here"),
            Self::MethodNotAllowed => ("method-not-allowed", 405, "This address does not take that method"),
            Self::TooLarge => ("too-large", 413, "The request is too large"),
            Self::UnsupportedMediaType => ("unsupported-media-type", 415, "The body has the wrong media type"),
            Self::TooManyRequests => ("too-many-requests", 429, "Too many requests"),
            Self::ClockSkew => ("clock-skew", 401, "The clocks do not agree"),
            Self::Internal => ("internal", 500, "The server has a fault"),
            Self::Unavailable => ("unavailable", 503, "The server cannot answer now"),
        }
    }

    /// The nearest problem when an answer had only a status.
    fn of_status(status: u16) -> Self {
        let exact = Self::ALL.into_iter().find(|general| general.row().1 == status);
        exact.unwrap_or(match status {
            502 | 504 => Self::Unavailable,
            500.. => Self::Internal,
            _ => Self::BadRequest,
        })
    }
}

impl Problem {
    /// A problem with a code of its own: `[a-z0-9-]`, 1 to 64 bytes, never changed once published.
    #[must_use]
    pub fn new(code: &'static str, status: u16, title: &str, detail: impl Into<String>) -> Self {
        debug_assert!(is_code(code), "{code}");
        Self {
            type_uri: format!("{TYPE_PREFIX}{code}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            next: None,
            retry_after: None,
        }
    }

    /// One of the problems that any server can have.
    #[must_use]
    pub fn general(general: General, detail: impl Into<String>) -> Self {
        let (code, status, title) = general.row();
        Self::new(code, status, title, detail)
    }

    /// Adds what the reader can do now.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Adds after how many seconds it makes sense to ask again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Reads what a server answered with the given HTTP status; `media_type` is the answer's `Content-Type`.
    ///
    /// There is always a problem: an answer without a readable document of ours gets the [`General`] one for its
    /// status. Texts are cleaned and cut, members of the wrong type are left out (RFC 9457 section 3.1).
    #[must_use]
    pub fn of_answer(status: u16, media_type: Option<&str>, body: &[u8]) -> Self {
        Self::of_document(status, media_type, body).unwrap_or_else(|| Self::of_status(status))
    }

    /// As [`of_answer`](Self::of_answer), but none for an answer without a readable document of ours: whoever gave it,
    /// such as a proxy in between, need not have known what was asked.
    #[must_use]
    pub fn of_document(status: u16, media_type: Option<&str>, body: &[u8]) -> Option<Self> {
        let is_problem = media_type.is_some_and(|media_type| essence(media_type).eq_ignore_ascii_case(MEDIA_TYPE));
        if is_problem { Self::read(status, body) } else { None }
    }

    /// The problem of an answer that has only a status.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        let general = Self::general(General::of_status(status), format!("The server answered {status}."));
        Self { status, ..general }
    }

    fn read(status: u16, body: &[u8]) -> Option<Self> {
        if body.len() > MAX_BYTES {
            return None;
        }
        Self::of_value(status, &serde_json::from_slice(body).ok()?)
    }

    /// Reads a problem document that stands inside an answer, with the status that it names.
    #[must_use]
    pub fn of_member(document: &Value) -> Option<Self> {
        let status = document.get("status")?.as_u64()?;
        Self::of_value(u16::try_from(status).ok().filter(|status| (400..600).contains(status))?, document)
    }

    fn of_value(status: u16, document: &Value) -> Option<Self> {
        let member = |name| document.get(name).and_then(Value::as_str);
        let code = member("type")?.strip_prefix(TYPE_PREFIX).filter(|code| is_code(code))?;
        Some(Self {
            type_uri: format!("{TYPE_PREFIX}{code}"),
            title: plain(member("title").unwrap_or(code), MAX_TITLE_CHARS),
            status,
            detail: plain(member("detail").unwrap_or_default(), MAX_TEXT_CHARS),
            next: member("next").map(|next| plain(next, MAX_TEXT_CHARS)).filter(|next| !next.is_empty()),
            retry_after: None,
        })
    }

    /// The stable code, by which callers branch.
    #[must_use]
    pub fn code(&self) -> &str {
        self.type_uri.strip_prefix(TYPE_PREFIX).unwrap_or_default()
    }

    /// Whether this is the given general problem.
    #[must_use]
    pub fn is(&self, general: General) -> bool {
        self.code() == general.code()
    }

    /// A short text, the same for every problem of this code.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What happened this time; may be empty.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What the reader can do now.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// After how many seconds it makes sense to ask again.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }
}

/// A media type without its parameters (RFC 9110 section 8.3.1).
#[must_use]
pub fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn is_code(code: &str) -> bool {
    (1..=MAX_CODE_BYTES).contains(&code.len())
        && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// One line of visible text of at most `max` characters.
fn plain(text: &str, max: usize) -> String {
    let visible = text.chars().filter(|c| !is_hidden(*c)).map(|c| if is_break(c) { ' ' } else { c });
    visible.take(max).collect::<String>().trim().to_owned()
}

fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Controls, marks that change the direction of text, invisible and tag characters.
fn is_hidden(c: char) -> bool {
    c.is_control() && !is_break(c)
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn read(body: &str) -> Problem {
        Problem::of_answer(409, Some("application/problem+json; charset=utf-8"), body.as_bytes())
    }

    #[test]
    fn written_and_read_again() {
        let problem = Problem::new("already-collected", 409, "Already collected", "Zhang San was first.")
            .with_next("Ask the sender for another one.");
        let text = serde_json::to_string(&problem).unwrap();
        assert_eq!(
            text,
            r#"{"type":"urn:hongbao:problem:already-collected","title":"Already collected","status":409,"detail":"Zhang San was first.","next":"Ask the sender for another one."}"#
        );
        assert_eq!(read(&text), problem);
        assert_eq!(problem.code(), "already-collected");
    }

    #[test]
    fn general_problems_have_valid_unique_codes() {
        let mut codes: Vec<_> = General::ALL.iter().map(|general| general.code()).collect();
        assert!(codes.iter().all(|code| is_code(code)));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), General::ALL.len());
    }

    #[test]
    fn any_other_answer_becomes_a_general_problem() {
        let ours = r#"{"type":"urn:hongbao:problem:expired"}"#;
        assert_eq!(Problem::of_answer(404, Some("text/html"), ours.as_bytes()).code(), "not-found");
        assert_eq!(Problem::of_answer(401, None, ours.as_bytes()).code(), "unauthorized");
        for (status, code) in [(302, "bad-request"), (418, "bad-request"), (429, "too-many-requests")] {
            let problem = Problem::of_answer(status, None, b"");
            assert_eq!((problem.code(), problem.status()), (code, status));
        }
        for (status, code) in [(500, "internal"), (501, "internal"), (503, "unavailable"), (504, "unavailable")] {
            assert_eq!(Problem::of_answer(status, None, b"").code(), code);
        }
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"about:blank"}"#,
            r#"{"type":"urn:hongbao:problem:"}"#,
            r#"{"type":"urn:hongbao:problem:Expired"}"#,
            r#"{"type":"urn:hongbao:problem:a/b"}"#,
        ] {
            assert_eq!(read(bad).code(), "bad-request", "{bad}");
        }
        let long = format!(r#"{{"type":"urn:hongbao:problem:{}"}}"#, "a".repeat(65));
        assert_eq!(read(&long).code(), "bad-request");
        let huge = format!(r#"{{"type":"urn:hongbao:problem:expired","x":"{}"}}"#, "a".repeat(MAX_BYTES));
        assert_eq!(read(&huge).code(), "bad-request");
    }

    #[test]
    fn server_text_is_cleaned_and_cut() {
        let problem = read(
            r#"{"type":"urn:hongbao:problem:expired","status":200,"title":7,
                "detail":" a\u202eb\u0007\nc\u2066\udb40\udc41 ","next":"\u200b"}"#,
        );
        assert_eq!((problem.title(), problem.detail(), problem.next()), ("expired", "ab c", None));
        assert_eq!(problem.status(), 409, "the answer's own status counts");

        let problem = read(&format!(r#"{{"type":"urn:hongbao:problem:x","detail":"{}"}}"#, "福".repeat(2000)));
        assert_eq!(problem.detail().chars().count(), MAX_TEXT_CHARS);
    }
}
