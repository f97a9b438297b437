-- Books that were put back from a copy. What was signed after the copy stands in the books of others, who are asked for it before
-- anything about money is decided again.

-- One row for each time. copied_at: when the copy was taken. floor: whatever counts up goes on above it, so that no number is given
-- twice. ended_at: since when everything is decided as usual again.
CREATE TABLE restore (
    n BIGINT PRIMARY KEY,
    copied_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    floor BIGINT NOT NULL,
    ended_at BIGINT
);

-- Who was asked. heard_at: since when all that it has is in the books, or, with
-- `waived`, since when the operator goes on without it. problem: why it was not heard yet.
CREATE TABLE restore_party (
    restore BIGINT NOT NULL REFERENCES restore (n),
    party TEXT NOT NULL,
    heard_at BIGINT,
    waived BIGINT NOT NULL DEFAULT 0 CHECK (waived IN (0, 1)),
    problem TEXT,
    PRIMARY KEY (restore, party)
);

-- What was signed after the copy and could not be put into the books again. packet: no other voucher is signed for it.
CREATE TABLE restore_difference (
    restore BIGINT NOT NULL REFERENCES restore (n),
    party TEXT NOT NULL,
    subject TEXT NOT NULL,
    packet TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (restore, party, subject)
);
CREATE INDEX restore_difference_of ON restore_difference (packet) WHERE packet IS NOT NULL;

-- As collecting bank: orders of collections that are lost. When the client applies again, the same order is sent again.
CREATE TABLE restore_order (
    client TEXT NOT NULL,
    id TEXT NOT NULL,
    order_id TEXT NOT NULL UNIQUE,
    PRIMARY KEY (client, id)
);
