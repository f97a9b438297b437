-- Goods that were not there for whoever chose them over money: the code ends (refunded), and the money of that share is given back in
-- a packet of its own, once. Such a packet is beyond those that its campaign was to have, and of no request and no batch.
CREATE TABLE goods_collection_new (
    id TEXT NOT NULL PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES goods_packet (packet),
    client TEXT NOT NULL,
    share BIGINT NOT NULL,
    reward_for TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    code TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('collected', 'out-of-stock', 'redeemed', 'shipped', 'delivered', 'expired', 'refunded')),
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
INSERT INTO goods_collection_new SELECT * FROM goods_collection;
DROP TABLE goods_collection;
ALTER TABLE goods_collection_new RENAME TO goods_collection;
CREATE INDEX goods_collection_open ON goods_collection (state, until);
CREATE INDEX goods_collection_address ON goods_collection (done_at) WHERE address IS NOT NULL;

CREATE TABLE goods_refund (
    collection TEXT NOT NULL PRIMARY KEY REFERENCES goods_collection (id),
    packet TEXT NOT NULL UNIQUE REFERENCES packet (id),
    at BIGINT NOT NULL
);
