-- Goods that were asked for. What waits to be sent stands in the outbox as what is collected does, with this id as its subject.
-- code: the one-time code, which has to be shown without a network; whoever reads this database could have the goods. answer: as
-- the issuer signed it. steps: the states it was in, as JSON. address and salt: of what is delivered.
CREATE TABLE goods_collection (
    id TEXT PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES packet (id),
    number BIGINT NOT NULL,
    address TEXT,
    salt TEXT,
    state TEXT NOT NULL CHECK (state IN ('applied', 'collected', 'out-of-stock', 'redeemed', 'shipped', 'delivered', 'expired', 'rejected')),
    code TEXT,
    until BIGINT,
    answer TEXT,
    reason TEXT,
    tracking TEXT,
    problem TEXT,
    steps TEXT NOT NULL,
    UNIQUE (packet, number)
);
CREATE UNIQUE INDEX goods_collection_once ON goods_collection (packet) WHERE state <> 'rejected';
CREATE INDEX goods_collection_open ON goods_collection (id) WHERE state IN ('collected', 'out-of-stock', 'shipped');
