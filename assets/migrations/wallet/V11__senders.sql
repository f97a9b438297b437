-- compared: whether a friend's key is known by more than a forwarding that it signed: by a card, or by words compared aloud.
ALTER TABLE friend ADD COLUMN compared BIGINT NOT NULL DEFAULT 1 CHECK (compared IN (0, 1));
