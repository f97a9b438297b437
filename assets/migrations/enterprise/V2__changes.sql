-- Every change that somebody decided or that time brought: who, when, from what to what, why. Rows are never changed.
CREATE TABLE change (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    actor TEXT NOT NULL,
    before TEXT,
    after TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX change_of ON change (subject, id, seq);
