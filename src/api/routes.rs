//! Paths, relative to a party's origin. One place, so that client and server cannot differ.

/// What a party is: role, name, keys, and a bank's members.
pub const WELL_KNOWN: &str = "/.well-known/hongbao.json";
/// A party's keys as a JSON Web Key Set.
pub const JWKS: &str = "/.well-known/jwks.json";
/// A party's OpenAPI document.
pub const OPENAPI: &str = "/openapi.json";

/// Enterprise: a second client tells that it opened a packet.
pub const NOTICES: &str = "/v1/notices";
/// Enterprise: what arrived for a client, by cursor.
pub const INBOX: &str = "/v1/inbox";
/// Enterprise: server-sent events that wake a wallet; the inbox is the truth.
pub const INBOX_EVENTS: &str = "/v1/inbox/events";
/// Enterprise: pass a forwarded file on to a friend's inbox.
pub const RELAY: &str = "/v1/relay";
/// Enterprise: where what a sender passed on stands.
pub const RELAY_STATES: &str = "/v1/relay/states";
/// Enterprise: a sender takes back what nobody has fetched.
pub const RELAY_RECALL: &str = "/v1/relay/recall";
/// Enterprise: who opened what a forwarder passed on, as far as they agreed, by cursor.
pub const OPENINGS: &str = "/v1/openings";
/// Enterprise: host a forwarded file at an address of its own.
pub const FORWARDS: &str = "/v1/forwards";
/// Enterprise: a collector asks for goods (POST) and how that stands (GET, with the collection's id).
pub const GOODS: &str = "/v1/goods";
/// Enterprise: download of a packet file, or its page for whoever has only a browser, followed by its id of 128 random bits.
pub const DOWNLOAD: &str = "/p/";
/// Enterprise: the picture of a packet's envelope that previews show, behind its download address.
pub const PREVIEW: &str = "/envelope.png";

/// Bank: an applicant asks for a voucher (POST); anyone who has a packet asks for its state (GET, with its digest).
pub const VOUCHERS: &str = "/v1/vouchers";
/// Bank: an applicant asks for many vouchers at once, each answered by itself.
pub const VOUCHER_BATCH: &str = "/v1/vouchers/batch";
/// Bank: an applicant freezes money for many vouchers.
pub const FUNDS: &str = "/v1/funds";
/// Bank: an applicant asks for draws of lucky shares (POST); anyone who has a packet asks for its closed draw (GET, with its
/// digest).
pub const DRAWS: &str = "/v1/draws";
/// Bank: an applicant withdraws what nobody collected, or has it kept payable for longer.
pub const INSTRUCTIONS: &str = "/v1/instructions";
/// Bank: what happened to an applicant's vouchers, by cursor.
pub const FEED: &str = "/v1/feed";
/// Bank: tie an account to a client with a one-time code.
pub const LINKS: &str = "/v1/links";
/// Bank: a customer says whether collections into the own account wait for a clerk.
pub const ACCEPTANCE: &str = "/v1/acceptance";
/// Bank: a collector applies (POST) and asks how it stands (GET, with the collection's id).
pub const COLLECTIONS: &str = "/v1/collections";
/// Bank: a collecting bank asks the issuing bank to release.
pub const ORDERS: &str = "/v1/orders";
/// Bank: an applicant gives up a share's money, because its collector chose the goods.
pub const SURRENDERS: &str = "/v1/surrenders";
/// Bank: the key by which member banks make `holder` for this issuing bank.
pub const HOLDER_KEY: &str = "/v1/holder-key";
/// What a bank that was put back from a copy reads from its members and applicants, followed by which part.
pub const RECOVERY: &str = "/v1/recovery/";
