-- Goods that were not there for whoever chose them over money: the code ends (refunded), and the money of that share is given back in
-- a packet of its own, once. Such a packet is beyond those that its campaign was to have, and of no request and no batch.
ALTER TABLE goods_collection DROP CONSTRAINT goods_collection_state_check;
ALTER TABLE goods_collection ADD CONSTRAINT goods_collection_state_check
    CHECK (state IN ('collected', 'out-of-stock', 'redeemed', 'shipped', 'delivered', 'expired', 'refunded'));

CREATE TABLE goods_refund (
    collection TEXT NOT NULL PRIMARY KEY REFERENCES goods_collection (id),
    packet TEXT NOT NULL UNIQUE REFERENCES packet (id),
    at BIGINT NOT NULL
);
