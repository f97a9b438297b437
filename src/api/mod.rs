//! What travels between wallet, enterprise and bank, and how it is judged. Pure: no IO, no database, no server.
//!
//! Each message has one judgement here, and every party calls that one. The spec is docs/protocol.md; paths stand in
//! [`routes`].

pub mod account;
pub mod auth;
pub mod code;
pub mod collect;
pub mod delivery;
pub mod discovery;
pub mod draw;
pub mod feed;
pub mod fund;
pub mod goods;
pub mod inbox;
pub mod instruction;
pub mod keys;
pub mod notice;
pub mod order;
pub mod posting;
pub mod problem;
pub mod recovery;
pub mod routes;
pub mod states;
pub mod surrender;
pub mod voucher;

/// How far a request's `iat` may be from the server's clock, in seconds, either way.
pub const FRESH_SECONDS: i64 = 300;

/// Whether a request signed at `iat` is fresh at `now` (both seconds since the epoch).
#[must_use]
pub const fn is_fresh(iat: i64, now: i64) -> bool {
    iat.abs_diff(now) <= FRESH_SECONDS.unsigned_abs()
}

/// Why a signed request is refused before any ledger or register is asked. Each has a stable problem code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not of the shape it should have.
    #[error("the request cannot be read: {0}")]
    Malformed(String),
    /// A signature or a link between the messages does not hold.
    #[error("the request is not genuine: {0}")]
    NotGenuine(&'static str),
    /// Signed too long ago or in the future: the clocks differ.
    #[error("the request was signed more than {FRESH_SECONDS} seconds ago or ahead; check the clock")]
    Stale,
    /// Meant for somebody else.
    #[error("the request is addressed to somebody else")]
    WrongAudience,
    /// The signer may not ask this.
    #[error("the signer may not ask for this: {0}")]
    NotAllowed(&'static str),
    /// The party named is not in our table.
    #[error("{0} is not known here")]
    Unknown(&'static str),
}

impl Refusal {
    /// The problem code, stable.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "bad-request",
            Self::NotGenuine(_) => "not-genuine",
            Self::Stale => "clock-skew",
            Self::WrongAudience => "wrong-audience",
            Self::NotAllowed(_) => "forbidden",
            Self::Unknown(_) => "unknown-party",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::WrongAudience => 400,
            Self::NotGenuine(_) | Self::Unknown(_) => 422,
            Self::Stale => 401,
            Self::NotAllowed(_) => 403,
        }
    }
}

impl From<crate::jose::json::JsonError> for Refusal {
    fn from(error: crate::jose::json::JsonError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<crate::packet::Unreadable> for Refusal {
    fn from(error: crate::packet::Unreadable) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<crate::jose::JwsError> for Refusal {
    fn from(error: crate::jose::JwsError) -> Self {
        match error {
            crate::jose::JwsError::Signature => Self::NotGenuine("a signature does not fit"),
            other => Self::Malformed(other.to_string()),
        }
    }
}

impl From<Refusal> for problem::Problem {
    fn from(refusal: Refusal) -> Self {
        let title = match refusal {
            Refusal::Malformed(_) => "The request cannot be read",
            Refusal::NotGenuine(_) => "The request is not genuine",
            Refusal::Stale => "The clocks differ",
            Refusal::WrongAudience => "The request is for somebody else",
            Refusal::NotAllowed(_) => "This is not allowed",
            Refusal::Unknown(_) => "A party is not known here",
        };
        Self::new(refusal.code(), refusal.status(), title, refusal.to_string())
    }
}
