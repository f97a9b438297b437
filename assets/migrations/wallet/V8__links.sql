-- A forwarding's address at its issuer. link_state: queued (it waits in the outbox), made, refused. link_note: the words that it carries, as they
-- were signed, which stay when the same forwarding leaves another way with others; '' for none.
ALTER TABLE forward ADD COLUMN link TEXT;
ALTER TABLE forward ADD COLUMN link_state TEXT CHECK (link_state IN ('queued', 'made', 'refused'));
ALTER TABLE forward ADD COLUMN link_note TEXT;
ALTER TABLE forward ADD COLUMN link_problem TEXT;

-- The outbox takes files to be hosted, too.
CREATE TABLE outbox_new (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('notice', 'relay', 'link', 'collect')),
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
