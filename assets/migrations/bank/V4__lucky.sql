-- Lucky draws. A draw is the hash of a one-use seed, given to an applicant before it signs a packet. The seed is made from a
-- key of the bank's own and this row; it stands here only once it is published, which is when its voucher is closed.
CREATE TABLE draw (
    draw TEXT PRIMARY KEY,
    applicant TEXT NOT NULL REFERENCES applicant (origin),
    -- The applicant's id of the request, and which of it.
    request TEXT NOT NULL,
    n BIGINT NOT NULL CHECK (n > 0),
    at BIGINT NOT NULL,
    -- The one packet that used it.
    packet TEXT UNIQUE REFERENCES voucher (packet),
    seed TEXT,
    UNIQUE (applicant, request, n),
    CHECK (seed IS NULL OR packet IS NOT NULL)
);
CREATE INDEX draw_unused ON draw (applicant) WHERE packet IS NULL;

-- The packet's draw; NULL for equal shares. In a lucky voucher `share_amount` is 1, the least that a share is.
ALTER TABLE voucher ADD COLUMN draw TEXT;
CREATE UNIQUE INDEX voucher_draw ON voucher (draw) WHERE draw IS NOT NULL;

-- By what the collector of a lucky share knows the place again when the draw is published.
ALTER TABLE share ADD COLUMN mark TEXT;

-- As collecting bank, of a lucky packet: the whole pot, and the most that the share can be, which is what is held until the
-- answer says how much it is. Then `amount` is that, and `posted` the transfer that brought it; what was held is voided.
ALTER TABLE collection ADD COLUMN pot BIGINT;
ALTER TABLE collection ADD COLUMN held BIGINT;
ALTER TABLE collection ADD COLUMN posted BIGINT REFERENCES transfer (id);
-- Which share was paid, as the issuing bank answered.
ALTER TABLE collection ADD COLUMN place BIGINT;
CREATE UNIQUE INDEX collection_posted ON collection (posted) WHERE posted IS NOT NULL;
CREATE INDEX collection_lucky ON collection (bank, voucher) WHERE held IS NOT NULL;
