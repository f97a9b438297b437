-- Draws of lucky shares: asked for with an id that is stored before, kept before any packet is signed with them.
CREATE TABLE draw_request (
    id TEXT NOT NULL PRIMARY KEY,
    bank TEXT NOT NULL REFERENCES bank (origin),
    count BIGINT NOT NULL CHECK (count > 0),
    at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX draw_request_open ON draw_request (bank) WHERE answered_at IS NULL;

-- packet: the one packet that was signed with it.
CREATE TABLE draw (
    draw TEXT NOT NULL PRIMARY KEY,
    bank TEXT NOT NULL REFERENCES bank (origin),
    request TEXT NOT NULL REFERENCES draw_request (id),
    n BIGINT NOT NULL,
    packet TEXT UNIQUE REFERENCES packet (id),
    UNIQUE (request, n)
);
CREATE INDEX draw_unused ON draw (bank, request, n) WHERE packet IS NULL;
