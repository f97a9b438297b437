-- Relayed files that are sealed: nobody here can tell what they are, so fewer of them are kept. sealed: 1 for such a file.
ALTER TABLE inbox ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX inbox_sealed ON inbox (sender) WHERE sealed = 1 AND file IS NOT NULL;
