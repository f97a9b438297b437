-- A forwarding that leaves sealed for its friend, as base64url: kept as it was sealed, so that sending it again sends the same.
ALTER TABLE forward ADD COLUMN sealed TEXT;
