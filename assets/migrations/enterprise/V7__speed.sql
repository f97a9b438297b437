-- Nothing that is done for each opening, each reward or each second may grow with what is stored.

-- How many openings of a packet are recorded, so that their limit is one row to read.
CREATE TABLE opened (
    packet TEXT NOT NULL PRIMARY KEY REFERENCES packet (id),
    openings BIGINT NOT NULL
);
INSERT INTO opened (packet, openings) SELECT packet, COUNT(*) FROM notice GROUP BY packet;

-- Packets that wait for their vouchers, by bank and in the order in which they are asked for.
CREATE INDEX packet_due ON packet (bank, next_ms, serial) WHERE state = 'signed';
-- Packets that just expired: their vouchers have news.
CREATE INDEX packet_by_expiry ON packet (bank, expires);
