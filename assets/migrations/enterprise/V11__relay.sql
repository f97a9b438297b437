-- What a relay knows of what was passed on. handed_at: when it first was in an answer to its recipient; 0 where that was not noted,
-- because it came before this. recalled_at: when its sender took it back before that.
ALTER TABLE inbox ADD COLUMN handed_at BIGINT;
ALTER TABLE inbox ADD COLUMN recalled_at BIGINT;
UPDATE inbox SET handed_at = 0 WHERE sender IS NOT NULL;
-- What still fills an inbox though its file is gone.
CREATE INDEX inbox_recalled ON inbox (recalled_at) WHERE recalled_at IS NOT NULL;

-- Openings whose openers agreed that the direct forwarder learns of them. cursor: counts for each forwarder, from 1.
CREATE TABLE shown (
    forwarder TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    packet TEXT NOT NULL,
    opener TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (forwarder, cursor),
    FOREIGN KEY (packet, opener) REFERENCES notice (packet, opener)
);
INSERT INTO shown (forwarder, cursor, packet, opener, at)
    SELECT forwarder, ROW_NUMBER() OVER (PARTITION BY forwarder ORDER BY decided_at, id), packet, opener, decided_at
    FROM reward WHERE show_opener = 1;
