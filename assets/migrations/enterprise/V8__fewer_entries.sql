-- Less to write for each packet, voucher and reward: an index holds only what is looked for by it.

DROP INDEX packet_by_state;
CREATE INDEX packet_waiting ON packet (next_ms) WHERE state = 'signed';
CREATE INDEX packet_held ON packet (batch) WHERE state = 'held';
DROP INDEX packet_by_batch;
CREATE INDEX packet_of_batch ON packet (batch) WHERE state = 'signed' AND batch IS NOT NULL;
DROP INDEX packet_by_issue;
CREATE INDEX packet_of_issue ON packet (issue) WHERE issue IS NOT NULL;
DROP INDEX packet_by_recipient;
CREATE INDEX packet_of_recipient ON packet (recipient) WHERE recipient IS NOT NULL;
DROP INDEX voucher_open;
CREATE INDEX voucher_unfinished ON voucher (bank) WHERE finished = 0;
-- reward_due begins with the state too.
DROP INDEX reward_by_state;
DROP INDEX feed_by_reward;
CREATE INDEX feed_of_reward ON feed (reward_for) WHERE reward_for IS NOT NULL;
