-- Goods or cash: shares whose collector chose the goods. Their money went back to the applicant by a transfer of kind `return`,
-- and that client gets none of this voucher. Every request is kept with its answer, word for word.
CREATE TABLE surrender (
    seq BIGINT NOT NULL UNIQUE,
    applicant TEXT NOT NULL REFERENCES applicant (origin),
    id TEXT NOT NULL,
    voucher TEXT NOT NULL REFERENCES voucher (number),
    client TEXT NOT NULL,
    at BIGINT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('surrendered', 'refused')),
    reason TEXT,
    transfer BIGINT UNIQUE REFERENCES transfer (id),
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (applicant, id),
    CHECK ((result = 'refused') = (reason IS NOT NULL)),
    CHECK ((result = 'surrendered') = (transfer IS NOT NULL))
);
CREATE UNIQUE INDEX surrender_once ON surrender (voucher, client) WHERE result = 'surrendered';
