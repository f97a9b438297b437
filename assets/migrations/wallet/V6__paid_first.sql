-- Whether a packet pays its reward only once the friend was paid too: kept beside the packet, so that a page of rewards reads
-- no file. Lines that are there are made again.
ALTER TABLE line ADD COLUMN paid_first BIGINT NOT NULL DEFAULT 0;
DELETE FROM meta WHERE key = 'lines';
