-- What the collecting bank says besides, and until when its clerk decides.
ALTER TABLE collection ADD COLUMN told TEXT;
ALTER TABLE collection ADD COLUMN decides_by BIGINT;
