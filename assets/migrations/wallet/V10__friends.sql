-- What became of what was passed on to a friend's inbox. state also: delivered (the relay handed it to the friend's wallet), recalling
-- (taking it back waits in the outbox), recalled, dropped (the relay kept it for 30 days and nobody fetched it). relay: which relay has
-- taken it, while that one can be asked. elsewhere: it also left as a file, a link or a picture. asked_ms: when the relay was last asked.
CREATE TABLE forward_new (
    head TEXT PRIMARY KEY,
    packet TEXT NOT NULL REFERENCES packet (id),
    prev TEXT NOT NULL,
    to_client TEXT NOT NULL,
    n BIGINT NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('made', 'queued', 'sent', 'delivered', 'recalling', 'recalled', 'dropped', 'refused')),
    problem TEXT,
    at BIGINT NOT NULL,
    link TEXT,
    link_state TEXT CHECK (link_state IN ('queued', 'made', 'refused')),
    link_note TEXT,
    link_problem TEXT,
    sealed TEXT,
    relay TEXT,
    elsewhere BIGINT NOT NULL DEFAULT 0 CHECK (elsewhere IN (0, 1)),
    asked_ms BIGINT NOT NULL DEFAULT 0
);
INSERT INTO forward_new (head, packet, prev, to_client, n, file, state, problem, at, link, link_state, link_note, link_problem, sealed, elsewhere)
    SELECT head, packet, prev, to_client, n, file, state, problem, at, link, link_state, link_note, link_problem, sealed,
        CASE WHEN state = 'made' OR link_state IS NOT NULL THEN 1 ELSE 0 END
    FROM forward;
DROP TABLE forward;
ALTER TABLE forward_new RENAME TO forward;
-- One hop per chain and addressee; but what nobody got is made anew.
CREATE UNIQUE INDEX forward_standing ON forward (packet, prev, to_client) WHERE state NOT IN ('recalled', 'dropped');
CREATE INDEX forward_on_its_way ON forward (asked_ms) WHERE state = 'sent' AND relay IS NOT NULL;

-- The outbox takes things back, too.
CREATE TABLE outbox_new (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('notice', 'relay', 'recall', 'link', 'collect')),
    subject TEXT NOT NULL,
    origin TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- How many of them were answered with a no that is not believed yet.
    refusals BIGINT NOT NULL DEFAULT 0,
    due_ms BIGINT NOT NULL,
    UNIQUE (kind, subject)
);
INSERT INTO outbox_new (id, kind, subject, origin, attempts, refusals, due_ms)
    SELECT id, kind, subject, origin, attempts, refusals, due_ms FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;

-- Who opened what was forwarded from here and agreed that this is known, by the word of the packet's issuer; and how far each
-- issuer was asked.
CREATE TABLE shown (
    packet TEXT NOT NULL REFERENCES packet (id),
    opener TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (packet, opener)
);
CREATE TABLE shown_upto (origin TEXT PRIMARY KEY, cursor BIGINT NOT NULL, asked_ms BIGINT NOT NULL);

-- Clients from whose forwardings nothing is kept; dropped: how many were not.
CREATE TABLE blocked (
    client TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    dropped BIGINT NOT NULL DEFAULT 0
);

-- stranger: who put the packet into the inbox, while that is no friend and the person has not said to keep it.
ALTER TABLE packet ADD COLUMN stranger TEXT;
DROP INDEX packet_row;
CREATE INDEX packet_row ON packet (number, id, state, received_at, opened_at, reward_packet, reward_opener, stranger);
