-- The life of a voucher after its issue, and collections that wait for a clerk.

-- extended_until: later than exp, when the applicant had it kept payable for longer. state_at: since when it is in its
-- state; NULL: since its issue.
ALTER TABLE voucher ADD COLUMN extended_until BIGINT;
ALTER TABLE voucher ADD COLUMN state_at BIGINT;
-- In the place of an index on exp alone.
DROP INDEX voucher_open;
CREATE INDEX voucher_end ON voucher ((COALESCE(extended_until, exp))) WHERE state IN ('issued', 'partly-paid');

-- Every instruction of an applicant with its outcome, word for word.
CREATE TABLE instruction (
    seq BIGINT NOT NULL UNIQUE,
    applicant TEXT NOT NULL REFERENCES applicant (origin),
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('withdraw', 'extend')),
    at BIGINT NOT NULL,
    request TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (applicant, id)
);

CREATE TABLE withdrawal (
    voucher TEXT PRIMARY KEY REFERENCES voucher (number),
    instruction BIGINT NOT NULL REFERENCES instruction (seq),
    transfer BIGINT NOT NULL UNIQUE REFERENCES transfer (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    at BIGINT NOT NULL
);
CREATE INDEX withdrawal_of ON withdrawal (instruction);

CREATE TABLE extension (
    voucher TEXT NOT NULL REFERENCES voucher (number),
    n BIGINT NOT NULL CHECK (n > 0),
    instruction BIGINT NOT NULL REFERENCES instruction (seq),
    until BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (voucher, n)
);
CREATE INDEX extension_of ON extension (instruction);

-- Whether the bank accepts what is collected into this account by itself or has a clerk look: 'auto', 'clerk', or NULL
-- for as the bank has set for everybody.
ALTER TABLE account ADD COLUMN acceptance TEXT;

-- held_until: when a collection that waits for a clerk is given up; NULL when none was asked for. pays_within: seconds, as
-- the voucher promises. told: what the clerk tells the customer.
ALTER TABLE collection ADD COLUMN held_until BIGINT;
ALTER TABLE collection ADD COLUMN pays_within BIGINT;
ALTER TABLE collection ADD COLUMN told TEXT;
CREATE INDEX collection_held ON collection (held_until) WHERE state = 'applied';

-- Who moved a collection on, and why; NULL: the bank by itself.
ALTER TABLE collection_step ADD COLUMN actor TEXT;
ALTER TABLE collection_step ADD COLUMN reason TEXT;
