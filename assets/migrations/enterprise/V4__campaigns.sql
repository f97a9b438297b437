-- Campaigns' lives, caps by day, batches, rewards that wait for a look.

-- standing: what the operator decided, beside `state`, which is how far the bank is. signed: how many of its packets
-- were signed; promised: how many more are kept for batches.
ALTER TABLE campaign ADD COLUMN standing TEXT NOT NULL DEFAULT 'running';
ALTER TABLE campaign ADD COLUMN signed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN promised BIGINT NOT NULL DEFAULT 0;
UPDATE campaign SET signed =
    (SELECT COUNT(*) FROM packet WHERE packet.campaign = campaign.id AND packet.kind = 'first');

-- What was earned, so that a cap is one row to read: forwarder '' is everybody, day -1 is all days. Days are counted only
-- where a cap by day stands. Refused rewards do not count for everybody, so their money is there for others.
CREATE TABLE earned (
    campaign TEXT NOT NULL REFERENCES campaign (id),
    forwarder TEXT NOT NULL,
    day BIGINT NOT NULL,
    rewards BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (campaign, forwarder, day)
);
INSERT INTO earned (campaign, forwarder, day, rewards, amount)
    SELECT campaign, '', -1, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM reward GROUP BY campaign;
INSERT INTO earned (campaign, forwarder, day, rewards, amount)
    SELECT campaign, forwarder, -1, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM reward GROUP BY campaign, forwarder;

-- due_ms: when an owed reward is made; the largest number while its campaign is paused. signal: why it waits, or waited,
-- for a look; judged: 'approved' or 'refused' after that.
ALTER TABLE reward ADD COLUMN due_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reward ADD COLUMN signal TEXT;
ALTER TABLE reward ADD COLUMN judged TEXT;
CREATE INDEX reward_due ON reward (state, due_ms);
CREATE INDEX reward_lately ON reward (forwarder, decided_at);
CREATE INDEX reward_by_pair ON reward (forwarder, opener);

-- Many packets from one request, signed in parts. listed: its rows came from a list of recipients; else they are only counted.
CREATE TABLE batch (
    id TEXT NOT NULL PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaign (id),
    size BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    addressed BIGINT NOT NULL,
    loaded BIGINT NOT NULL,
    signed BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('loading', 'running', 'done', 'stopped')),
    created BIGINT NOT NULL
);
CREATE INDEX batch_by_state ON batch (state, created);
CREATE INDEX batch_of ON batch (campaign, state);

-- name and note are the enterprise's own, for its staff; they are in no packet.
CREATE TABLE batch_row (
    batch TEXT NOT NULL REFERENCES batch (id),
    number BIGINT NOT NULL,
    name TEXT,
    note TEXT,
    recipient TEXT,
    packet TEXT UNIQUE REFERENCES packet (id),
    PRIMARY KEY (batch, number)
);
CREATE INDEX batch_row_by_name ON batch_row (name);

ALTER TABLE packet ADD COLUMN batch TEXT REFERENCES batch (id);
CREATE INDEX packet_by_batch ON packet (batch, state);
CREATE INDEX packet_by_recipient ON packet (recipient);

CREATE INDEX notice_by_opener ON notice (opener, at);
CREATE INDEX notice_lately ON notice (packet, at);

-- again: of a packet that was put into the inbox once more, its id; head is then a name of its own.
ALTER TABLE inbox ADD COLUMN again TEXT;
CREATE INDEX inbox_again ON inbox (again);
CREATE INDEX inbox_by_head ON inbox (head);

-- What was sent again because it was lost: the same request sends once.
CREATE TABLE reissue (
    request TEXT NOT NULL PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES packet (id),
    at BIGINT NOT NULL
);
CREATE INDEX reissue_of ON reissue (packet);

-- Which packet was issued in the place of one that was withdrawn: one for each, ever.
CREATE TABLE replacement (
    packet TEXT NOT NULL PRIMARY KEY REFERENCES packet (id),
    made TEXT NOT NULL UNIQUE REFERENCES packet (id),
    at BIGINT NOT NULL
);
