-- An enterprise's register. Times are seconds since the epoch, those named *_ms milliseconds; amounts are minor units.
-- Signed messages are kept as they were signed, so that an audit can verify them again from these rows alone.

-- Every key this enterprise ever signed with: packets and receipts outlive a change of keys.
CREATE TABLE own_key (
    kid TEXT NOT NULL PRIMARY KEY,
    jwk TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- Banks, pinned when first used; feed_cursor is how far their feed was read.
CREATE TABLE bank (
    origin TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    pinned BIGINT NOT NULL,
    feed_cursor BIGINT NOT NULL DEFAULT 0,
    feed_changed BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE bank_key (
    bank TEXT NOT NULL REFERENCES bank (origin),
    kid TEXT NOT NULL,
    jwk TEXT NOT NULL,
    PRIMARY KEY (bank, kid)
);

-- Covers and emblems, named by digest as packets name them.
CREATE TABLE picture (
    integrity TEXT NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    data TEXT NOT NULL
);

-- terms: what was decided at the start, as JSON; it never changes. fund_jti is stored before the bank is asked.
CREATE TABLE campaign (
    id TEXT NOT NULL PRIMARY KEY,
    terms TEXT NOT NULL,
    bank TEXT NOT NULL REFERENCES bank (origin),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'failed')),
    reason TEXT,
    fund_jti TEXT UNIQUE,
    fund TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_ms BIGINT NOT NULL DEFAULT 0
);

-- One request to issue packets: the same request issues once.
CREATE TABLE issue (
    request TEXT NOT NULL PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaign (id),
    count BIGINT NOT NULL,
    recipient TEXT,
    at BIGINT NOT NULL
);

CREATE TABLE packet (
    id TEXT NOT NULL PRIMARY KEY,
    serial BIGINT NOT NULL UNIQUE,
    campaign TEXT NOT NULL REFERENCES campaign (id),
    kind TEXT NOT NULL CHECK (kind IN ('first', 'reward')),
    jws TEXT NOT NULL,
    recipient TEXT,
    download TEXT UNIQUE,
    issue TEXT REFERENCES issue (request),
    bank TEXT NOT NULL REFERENCES bank (origin),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    expires BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('signed', 'issued', 'held')),
    reason TEXT,
    signed_at BIGINT NOT NULL,
    issued_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX packet_by_campaign ON packet (campaign, kind);
CREATE INDEX packet_by_issue ON packet (issue);
CREATE INDEX packet_by_state ON packet (state, next_ms);

-- finished: the feed said that nothing more will happen.
CREATE TABLE voucher (
    packet TEXT NOT NULL PRIMARY KEY REFERENCES packet (id),
    bank TEXT NOT NULL,
    number TEXT NOT NULL,
    jws TEXT NOT NULL,
    received BIGINT NOT NULL,
    finished BIGINT NOT NULL DEFAULT 0,
    UNIQUE (bank, number)
);
CREATE INDEX voucher_open ON voucher (bank, finished);

-- One opening per packet and client. signers: who signed the hops, as JSON. evidence: the signed notice and hops, as
-- JSON, kept only for what earns a reward, because anybody can send notices.
CREATE TABLE notice (
    packet TEXT NOT NULL REFERENCES packet (id),
    opener TEXT NOT NULL,
    jti TEXT NOT NULL,
    hops BIGINT NOT NULL,
    signers TEXT NOT NULL,
    evidence TEXT,
    at BIGINT NOT NULL,
    result TEXT NOT NULL,
    reason TEXT,
    receipt TEXT NOT NULL,
    PRIMARY KEY (packet, opener)
);

-- id: SHA-256 over packet and opener, by which the bank's feed and the reward packet name it too.
CREATE TABLE reward (
    id TEXT NOT NULL PRIMARY KEY,
    packet TEXT NOT NULL,
    opener TEXT NOT NULL,
    campaign TEXT NOT NULL REFERENCES campaign (id),
    forwarder TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    show_opener BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'owed', 'made', 'delivered', 'held')),
    reason TEXT,
    decided_at BIGINT NOT NULL,
    owed_at BIGINT,
    made TEXT UNIQUE REFERENCES packet (id),
    delivered_at BIGINT,
    UNIQUE (packet, opener),
    FOREIGN KEY (packet, opener) REFERENCES notice (packet, opener)
);
CREATE INDEX reward_by_forwarder ON reward (campaign, forwarder);
CREATE INDEX reward_by_state ON reward (state);

-- What banks told about our vouchers, as they told it.
CREATE TABLE feed (
    bank TEXT NOT NULL REFERENCES bank (origin),
    cursor BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    packet TEXT NOT NULL,
    voucher TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    share BIGINT,
    reward_for TEXT,
    PRIMARY KEY (bank, cursor)
);
CREATE INDEX feed_by_packet ON feed (packet, kind);
CREATE INDEX feed_by_reward ON feed (reward_for);

-- Clients that read their inbox here or were addressed by us. place: counts up; who is far behind and has got nothing
-- is forgotten.
CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL,
    place BIGINT NOT NULL UNIQUE
);

-- head: digest of the packet, or of the last hop of a forwarded one. file: only of a forwarded one, and dropped when it
-- is old; ours are put together from their own rows.
CREATE TABLE inbox (
    client TEXT NOT NULL REFERENCES client (id),
    cursor BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('packet', 'reward', 'forwarded')),
    head TEXT NOT NULL,
    sender TEXT,
    file TEXT,
    for_packet TEXT,
    for_opener TEXT,
    PRIMARY KEY (client, cursor),
    UNIQUE (client, head)
);
CREATE INDEX inbox_by_sender ON inbox (sender);
CREATE INDEX inbox_by_age ON inbox (at) WHERE file IS NOT NULL;
