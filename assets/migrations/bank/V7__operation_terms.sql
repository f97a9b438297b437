-- The digest of all that an operator's request asked for, so that its id with other terms is another request's. NULL: it was done
-- before this was kept.
ALTER TABLE operation ADD COLUMN terms TEXT;
