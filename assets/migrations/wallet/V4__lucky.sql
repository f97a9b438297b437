-- Which share of a packet was paid, as the bank said.
ALTER TABLE collection ADD COLUMN share BIGINT;

-- Lucky draws computed again. state: waiting (the bank has not closed it, as far as is known), holds, broken (what the bank signed
-- contradicts itself or what was paid; this never changes). flaw: in what. evidence: the signed pages that the last
-- judgement went by, as JSON. expires: the voucher's end by the bank's word, asked when the draw was late. due_ms: when to ask
-- the bank (again) by itself; NULL for never.
CREATE TABLE draw (
    packet TEXT PRIMARY KEY REFERENCES packet (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'holds', 'broken')),
    flaw TEXT,
    paid BIGINT,
    compared BIGINT,
    evidence TEXT,
    expires BIGINT,
    at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_ms BIGINT,
    CHECK ((state = 'broken') = (flaw IS NOT NULL))
);
CREATE INDEX draw_due ON draw (due_ms) WHERE due_ms IS NOT NULL;
