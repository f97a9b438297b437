-- What the operator had banks do with vouchers that were issued: withdraw what nobody collected, or pay for longer.

-- One request of the operator; terms: as it was asked, as JSON, so that the same request is known again.
CREATE TABLE instruction_request (
    request TEXT NOT NULL PRIMARY KEY,
    terms TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- One signed message to a bank, kept before it is sent and sent until it is answered. outcome: the bank's signed answer.
CREATE TABLE instruction (
    id TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL REFERENCES instruction_request (request),
    kind TEXT NOT NULL CHECK (kind IN ('withdraw', 'extend')),
    bank TEXT NOT NULL REFERENCES bank (origin),
    reason TEXT NOT NULL,
    until BIGINT,
    at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'refused')),
    outcome TEXT,
    problem TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX instruction_waiting ON instruction (bank, next_ms) WHERE state = 'waiting';
CREATE INDEX instruction_of ON instruction (request);

-- Each packet of a request. instruction: NULL when there was no voucher to instruct about. result: the bank's word.
CREATE TABLE instructed (
    request TEXT NOT NULL REFERENCES instruction_request (request),
    packet TEXT NOT NULL REFERENCES packet (id),
    instruction TEXT REFERENCES instruction (id),
    place BIGINT NOT NULL,
    result TEXT,
    amount BIGINT,
    until BIGINT,
    PRIMARY KEY (request, packet)
);
CREATE INDEX instructed_by ON instructed (instruction, place);
CREATE INDEX instructed_packet ON instructed (packet);
