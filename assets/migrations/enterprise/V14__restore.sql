-- Each time that this register was put back from a copy. copied_at: when the copy was taken. floor: whatever counts up goes on above
-- it, so that no number is given twice. ended_at: since when the operator has everything decided as usual again.
CREATE TABLE restore (
    n BIGINT PRIMARY KEY,
    copied_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    floor BIGINT NOT NULL,
    ended_at BIGINT
);

-- Whether the last copy that was put back has this campaign: what is decided of it may have been decided before. Told by a mark and not
-- by time, which has seconds and may be wrong.
ALTER TABLE campaign ADD COLUMN restored BIGINT NOT NULL DEFAULT 0 CHECK (restored IN (0, 1));
