-- One person's wallet. No secret is kept here: the seed has its own place (identity.json or the system's keyring).

-- Small facts: client (the unique id this wallet belongs to), name (the name on the card).
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

-- Issuers whose keys are pinned. added: 1 when the person added it, which alone allows plain http to a loopback origin.
CREATE TABLE issuer (
    origin TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    keys TEXT NOT NULL,
    added BIGINT NOT NULL CHECK (added IN (0, 1)),
    at BIGINT NOT NULL
);

-- Banks whose keys are pinned: added by the person, holding an account, or a member of a bank that holds one.
CREATE TABLE bank (
    origin TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    keys TEXT NOT NULL,
    prefixes TEXT NOT NULL,
    members TEXT NOT NULL,
    added BIGINT NOT NULL CHECK (added IN (0, 1)),
    at BIGINT NOT NULL
);

CREATE TABLE account (
    number TEXT PRIMARY KEY,
    bank TEXT NOT NULL REFERENCES bank (origin),
    holder TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE friend (
    client TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    card TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- number: order of arrival. file: the packet file's bytes, which are text.
CREATE TABLE packet (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    file TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'opened', 'forwarded', 'archived')),
    received_at BIGINT NOT NULL,
    opened_at BIGINT,
    reward_packet TEXT,
    reward_opener TEXT
);

-- The one opening of a packet and what its notice came to. notice: none (the person did not tell), queued, answered.
CREATE TABLE opening (
    packet TEXT PRIMARY KEY REFERENCES packet (id),
    jti TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    show_opener BIGINT NOT NULL CHECK (show_opener IN (0, 1)),
    notice TEXT NOT NULL CHECK (notice IN ('none', 'queued', 'answered')),
    receipt TEXT,
    problem TEXT
);

-- One hop per chain and addressee, kept before it leaves, so that forwarding again passes the same hop on again.
-- to_client: '' for an open forward. state: made (given away as a file or link), queued, sent, refused.
CREATE TABLE forward (
    head TEXT PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES packet (id),
    prev TEXT NOT NULL,
    to_client TEXT NOT NULL,
    n BIGINT NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('made', 'queued', 'sent', 'refused')),
    problem TEXT,
    at BIGINT NOT NULL,
    UNIQUE (packet, prev, to_client)
);

-- steps: the states it was in, as JSON. reason: a bank's word or a problem's code.
CREATE TABLE collection (
    id TEXT PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES packet (id),
    number BIGINT NOT NULL,
    bank TEXT NOT NULL,
    account TEXT NOT NULL,
    salt TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('applied', 'accepted', 'released', 'paid', 'rejected', 'uncertain')),
    amount BIGINT,
    currency TEXT,
    reason TEXT,
    problem TEXT,
    steps TEXT NOT NULL,
    UNIQUE (packet, number)
);
CREATE UNIQUE INDEX collection_once ON collection (packet) WHERE state <> 'rejected';

-- What is still to be told, kept until it is answered. subject: the packet, the hop or the collection.
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('notice', 'relay', 'collect')),
    subject TEXT NOT NULL,
    origin TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- How many of them were answered with a no that is not believed yet.
    refusals BIGINT NOT NULL DEFAULT 0,
    due_ms BIGINT NOT NULL,
    UNIQUE (kind, subject)
);

-- How far each inbox was read.
CREATE TABLE inbox (origin TEXT PRIMARY KEY, cursor BIGINT NOT NULL);

-- How many seconds a server's clock is ahead of ours.
CREATE TABLE clock_offset (origin TEXT PRIMARY KEY, seconds BIGINT NOT NULL);

CREATE TABLE event (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    packet TEXT NOT NULL,
    detail TEXT
);
CREATE INDEX event_packet ON event (packet, number);
