-- Goods. Who keeps what a packet promises stands in its column bank, as before: of goods alone that is the enterprise itself,
-- by its own origin, which is in table bank without keys; such a packet's amount is 0, and it has no voucher.

-- How many units of a campaign's goods are where: in stock, promised by issued packets, given to collectors who have a
-- code, handed over. Kept in step with the movements below, from which an audit makes it again.
CREATE TABLE goods_stock (
    campaign TEXT NOT NULL PRIMARY KEY REFERENCES campaign (id),
    free BIGINT NOT NULL CHECK (free >= 0),
    promised BIGINT NOT NULL CHECK (promised >= 0),
    given BIGINT NOT NULL CHECK (given >= 0),
    handed BIGINT NOT NULL CHECK (handed >= 0)
);

-- What a packet promises, beside its signed claims: shares of so many units each, from when until when. cash: whether each
-- share may be money instead. ended: what nobody collected is in stock again.
CREATE TABLE goods_packet (
    packet TEXT NOT NULL PRIMARY KEY REFERENCES packet (id),
    campaign TEXT NOT NULL REFERENCES goods_stock (campaign),
    shares BIGINT NOT NULL,
    units BIGINT NOT NULL,
    opens BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    cash BIGINT NOT NULL CHECK (cash IN (0, 1)),
    ended BIGINT NOT NULL DEFAULT 0 CHECK (ended IN (0, 1))
);
CREATE INDEX goods_packet_open ON goods_packet (ended, expires);

-- One person's goods. request: the signed collect and hops, as JSON. answer: as it was signed, repeated word for word. code: the
-- code's SHA-256; the code itself is made anew from the server's key. address and salt are dropped when they are no longer needed.
CREATE TABLE goods_collection (
    id TEXT NOT NULL PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES goods_packet (packet),
    client TEXT NOT NULL,
    share BIGINT NOT NULL,
    reward_for TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    code TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('collected', 'out-of-stock', 'redeemed', 'shipped', 'delivered', 'expired')),
    at BIGINT NOT NULL,
    until BIGINT NOT NULL,
    reason TEXT,
    tracking TEXT,
    done_at BIGINT,
    done_by TEXT,
    address TEXT,
    salt TEXT,
    UNIQUE (packet, client),
    UNIQUE (packet, share)
);
CREATE INDEX goods_collection_open ON goods_collection (state, until);
CREATE INDEX goods_collection_address ON goods_collection (done_at) WHERE address IS NOT NULL;

-- Every movement of units from one place to another; rows are never changed. request: of staff, so that it moves them once.
CREATE TABLE goods_move (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    campaign TEXT NOT NULL REFERENCES goods_stock (campaign),
    packet TEXT REFERENCES goods_packet (packet),
    collection TEXT REFERENCES goods_collection (id),
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    units BIGINT NOT NULL CHECK (units > 0),
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    request TEXT UNIQUE
);
CREATE INDEX goods_move_of ON goods_move (campaign, seq);
CREATE INDEX goods_move_packet ON goods_move (packet);

-- A collector chose goods where there was money too: kept before the bank is asked to take back that share's money, until it answers.
CREATE TABLE goods_wish (
    id TEXT NOT NULL PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES goods_packet (packet),
    client TEXT NOT NULL,
    request TEXT NOT NULL,
    address TEXT,
    salt TEXT,
    surrender TEXT NOT NULL UNIQUE,
    answer TEXT,
    at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'given', 'refused')),
    reason TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_ms BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX goods_wish_once ON goods_wish (packet, client) WHERE state <> 'refused';
CREATE INDEX goods_wish_open ON goods_wish (state, next_ms);
