-- What this wallet told an account's bank of how collections into it are accepted, as the bank confirmed it; nothing: as the
-- bank has set.
ALTER TABLE account ADD COLUMN acceptance TEXT CHECK (acceptance IN ('auto', 'clerk'));
