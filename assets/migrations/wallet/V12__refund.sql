-- Goods whose issuer could not hand them over and gives money instead (refunded).
CREATE TABLE goods_collection_new (
    id TEXT PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES packet (id),
    number BIGINT NOT NULL,
    address TEXT,
    salt TEXT,
    state TEXT NOT NULL CHECK (state IN ('applied', 'collected', 'out-of-stock', 'redeemed', 'shipped', 'delivered', 'expired', 'refunded', 'rejected')),
    code TEXT,
    until BIGINT,
    answer TEXT,
    reason TEXT,
    tracking TEXT,
    problem TEXT,
    steps TEXT NOT NULL,
    UNIQUE (packet, number)
);
INSERT INTO goods_collection_new SELECT * FROM goods_collection;
DROP TABLE goods_collection;
ALTER TABLE goods_collection_new RENAME TO goods_collection;
CREATE UNIQUE INDEX goods_collection_once ON goods_collection (packet) WHERE state <> 'rejected';
CREATE INDEX goods_collection_open ON goods_collection (id) WHERE state IN ('collected', 'out-of-stock', 'shipped');
