-- A bank: persons and accounts, the banks and applicants it deals with, the double-entry ledger, funds, vouchers, the
-- orders it answered as issuing bank and the collections it accepted as collecting bank.
--
-- Times are seconds since the epoch, `*_ms` milliseconds; amounts are minor units with their ISO 4217 currency.
-- Rows of `transfer` and `resolution` are never changed. Totals in `ledger_account` only save adding them up again.

-- Every key this bank ever signed with, and as whom: vouchers and answers outlive a change of keys.
CREATE TABLE own_key (
    kid TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    jwk TEXT NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE applicant (
    origin TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    keys TEXT NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE member (
    origin TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    keys TEXT NOT NULL,
    -- Most that this member may owe us; NULL for no limit.
    limit_amount BIGINT CHECK (limit_amount >= 0),
    limit_currency TEXT,
    since BIGINT NOT NULL,
    CHECK ((limit_amount IS NULL) = (limit_currency IS NULL))
);

CREATE TABLE member_prefix (
    prefix TEXT PRIMARY KEY,
    member TEXT NOT NULL REFERENCES member (origin)
);

-- kind: customer, escrow, fund, due-to (what we owe a bank): the balance is credits less debits, and what is available
-- never falls below zero. due-from (what a bank owes us), cash, clearing (what settled dues brought in): debits less
-- credits; nor does due-from ever fall below zero.
CREATE TABLE ledger_account (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'escrow', 'fund', 'due-to', 'due-from', 'cash', 'clearing')),
    owner TEXT NOT NULL,
    currency TEXT NOT NULL,
    debits_posted BIGINT NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
    credits_posted BIGINT NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
    debits_pending BIGINT NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
    credits_pending BIGINT NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
    UNIQUE (kind, owner, currency),
    CHECK (CASE WHEN kind IN ('cash', 'clearing') THEN 0
        WHEN kind = 'due-from' THEN debits_posted - credits_posted - credits_pending
        ELSE credits_posted - debits_posted - debits_pending END >= 0)
);

CREATE TABLE transfer (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    debit BIGINT NOT NULL REFERENCES ledger_account (id),
    credit BIGINT NOT NULL REFERENCES ledger_account (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('deposit', 'fund', 'freeze', 'pay', 'return', 'collect', 'settle')),
    -- 1: waits for its row in `resolution`.
    pending BIGINT NOT NULL CHECK (pending IN (0, 1)),
    voucher TEXT,
    fund TEXT,
    CHECK (debit <> credit)
);
CREATE INDEX transfer_debit ON transfer (debit);
CREATE INDEX transfer_credit ON transfer (credit);

CREATE TABLE resolution (
    transfer BIGINT PRIMARY KEY REFERENCES transfer (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('posted', 'voided')),
    at BIGINT NOT NULL
);

-- Every transfer with where it stands.
CREATE VIEW entry AS
SELECT t.id AS id, t.at AS at, t.debit AS debit, t.credit AS credit, t.amount AS amount, t.currency AS currency,
       t.kind AS kind, t.voucher AS voucher, t.fund AS fund,
       CASE WHEN t.pending = 0 THEN 'posted' ELSE COALESCE(r.outcome, 'pending') END AS state
FROM transfer t LEFT JOIN resolution r ON r.transfer = t.id;

-- What the totals of each account should be, added up from the transfers.
CREATE VIEW recounted AS
SELECT l.id AS id, l.kind AS kind, l.owner AS owner, l.currency AS currency,
    COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.debit = l.id AND e.state = 'posted'), 0) AS debits_posted,
    COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.credit = l.id AND e.state = 'posted'), 0) AS credits_posted,
    COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.debit = l.id AND e.state = 'pending'), 0) AS debits_pending,
    COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.credit = l.id AND e.state = 'pending'), 0) AS credits_pending
FROM ledger_account l;

-- One row per human or company, by identity document; who showed none is known by the account.
CREATE TABLE person (
    id BIGINT PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE
);

CREATE TABLE account (
    number TEXT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    ledger BIGINT NOT NULL UNIQUE REFERENCES ledger_account (id),
    holder TEXT NOT NULL,
    person BIGINT NOT NULL REFERENCES person (id),
    applicant TEXT REFERENCES applicant (origin),
    opened_at BIGINT NOT NULL
);

-- What the operator did with an account, or settled with a member, by the request's id: the same request again does
-- nothing again.
CREATE TABLE operation (
    request TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'deposit', 'settle-paid', 'settle-received')),
    account TEXT REFERENCES account (number),
    member TEXT REFERENCES member (origin),
    transfer BIGINT UNIQUE REFERENCES transfer (id),
    CHECK ((account IS NULL) <> (member IS NULL) AND (member IS NULL) = (transfer IS NULL))
);

-- The one-time code that can still be used, as a keyed hash.
CREATE TABLE link_code (
    account TEXT PRIMARY KEY REFERENCES account (number),
    tag TEXT NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    issued_at BIGINT NOT NULL
);

CREATE TABLE link (
    client TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (number),
    -- By which code: the same request again gets the same answer.
    tag TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (client, account)
);

CREATE TABLE fund (
    number TEXT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    applicant TEXT NOT NULL REFERENCES applicant (origin),
    -- The applicant's id of the request: the same id freezes once.
    jti TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (number),
    campaign TEXT NOT NULL,
    total BIGINT NOT NULL CHECK (total > 0),
    currency TEXT NOT NULL,
    per_person BIGINT NOT NULL CHECK (per_person > 0),
    until BIGINT NOT NULL,
    request TEXT NOT NULL,
    frozen_at BIGINT NOT NULL,
    closed_at BIGINT,
    UNIQUE (applicant, jti)
);
CREATE INDEX fund_open ON fund (until) WHERE closed_at IS NULL;

CREATE TABLE voucher (
    number TEXT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    packet TEXT NOT NULL UNIQUE,
    packet_jws TEXT NOT NULL,
    voucher_jws TEXT NOT NULL,
    applicant TEXT NOT NULL REFERENCES applicant (origin),
    -- Where the rest goes back to.
    account TEXT NOT NULL REFERENCES account (number),
    fund TEXT REFERENCES fund (number),
    reward_for TEXT,
    escrow BIGINT NOT NULL UNIQUE REFERENCES ledger_account (id),
    share_amount BIGINT NOT NULL CHECK (share_amount > 0),
    shares BIGINT NOT NULL CHECK (shares > 0),
    frozen BIGINT NOT NULL CHECK (frozen > 0),
    currency TEXT NOT NULL,
    nbf BIGINT NOT NULL,
    exp BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('issued', 'partly-paid', 'paid', 'returned', 'withdrawn')),
    issued_at BIGINT NOT NULL,
    UNIQUE (fund, reward_for)
);
CREATE INDEX voucher_open ON voucher (exp) WHERE state IN ('issued', 'partly-paid');

-- As issuing bank: every order with its answer, word for word.
CREATE TABLE bank_order (
    seq BIGINT NOT NULL UNIQUE,
    bank TEXT NOT NULL,
    id TEXT NOT NULL,
    voucher TEXT NOT NULL,
    holder TEXT NOT NULL,
    client TEXT NOT NULL,
    at BIGINT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('paid', 'refused')),
    reason TEXT,
    -- The order as it was first received, with the collector's own signed request inside: by this the bank can prove it.
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (bank, id),
    CHECK ((result = 'refused') = (reason IS NOT NULL))
);

-- A share that was paid.
CREATE TABLE share (
    voucher TEXT NOT NULL REFERENCES voucher (number),
    place BIGINT NOT NULL CHECK (place > 0),
    holder TEXT NOT NULL,
    fund TEXT,
    bank TEXT NOT NULL,
    order_id TEXT NOT NULL,
    transfer BIGINT NOT NULL UNIQUE REFERENCES transfer (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    at BIGINT NOT NULL,
    PRIMARY KEY (voucher, place),
    UNIQUE (voucher, holder),
    UNIQUE (bank, order_id),
    FOREIGN KEY (bank, order_id) REFERENCES bank_order (bank, id)
);
CREATE INDEX share_of_fund ON share (fund, holder) WHERE fund IS NOT NULL;

-- As collecting bank.
CREATE TABLE collection (
    client TEXT NOT NULL,
    id TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (number),
    person BIGINT NOT NULL REFERENCES person (id),
    bank TEXT NOT NULL,
    voucher TEXT NOT NULL,
    fund TEXT,
    packet TEXT NOT NULL,
    collect_jws TEXT NOT NULL,
    hops TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    transfer BIGINT NOT NULL UNIQUE REFERENCES transfer (id),
    -- Our order's id, made before it is sent.
    order_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('applied', 'accepted', 'released', 'paid', 'rejected', 'uncertain')),
    reason TEXT,
    answer TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- When to ask the issuing bank (again); NULL once it has answered.
    next_at_ms BIGINT,
    PRIMARY KEY (client, id)
);
CREATE INDEX collection_due ON collection (next_at_ms) WHERE next_at_ms IS NOT NULL;
-- First tries go first.
CREATE INDEX collection_turn ON collection (attempts, next_at_ms) WHERE next_at_ms IS NOT NULL;
-- One person collects once from a voucher, unless refused.
CREATE UNIQUE INDEX collection_live ON collection (bank, voucher, person) WHERE state <> 'rejected';

CREATE TABLE collection_step (
    client TEXT NOT NULL,
    id TEXT NOT NULL,
    n BIGINT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (client, id, n),
    UNIQUE (client, id, state),
    FOREIGN KEY (client, id) REFERENCES collection (client, id)
);

CREATE TABLE feed (
    applicant TEXT NOT NULL REFERENCES applicant (origin),
    cursor BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('issued', 'collected', 'paid', 'returned', 'withdrawn')),
    packet TEXT NOT NULL,
    voucher TEXT NOT NULL REFERENCES voucher (number),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    share BIGINT,
    reward_for TEXT,
    PRIMARY KEY (applicant, cursor)
);
CREATE INDEX feed_voucher ON feed (voucher);
