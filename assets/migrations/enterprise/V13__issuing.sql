-- Less to write for each packet.

-- The packets of one request have consecutive serial numbers from first_serial on.
ALTER TABLE issue ADD COLUMN first_serial BIGINT NOT NULL DEFAULT 0;
UPDATE issue SET first_serial = (SELECT MIN(packet.serial) FROM packet WHERE packet.issue = issue.request)
    WHERE EXISTS (SELECT 1 FROM packet WHERE packet.issue = issue.request);
DROP INDEX packet_of_issue;
-- Each bank's earliest stands first in packet_due.
DROP INDEX packet_waiting;
-- A campaign's own packets end with it.
DROP INDEX packet_by_expiry;
CREATE INDEX reward_packet_end ON packet (bank, expires) WHERE kind = 'reward';
-- Rows of a batch that is only counted have no names.
DROP INDEX batch_row_by_name;
CREATE INDEX batch_row_named ON batch_row (name) WHERE name IS NOT NULL;
-- That a voucher was issued is in the voucher itself; only what a bank told otherwise is kept.
DELETE FROM feed WHERE kind = 'issued' AND EXISTS (SELECT 1 FROM voucher JOIN packet ON packet.id = voucher.packet
    WHERE voucher.packet = feed.packet AND voucher.bank = feed.bank AND voucher.number = feed.voucher
    AND packet.amount = feed.amount AND packet.currency = feed.currency);
