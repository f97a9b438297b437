-- What a list shows of each packet: taken from its file, and judged with what was trusted last, so that a list reads no
-- file and checks no signature. Nothing but a list believes it, and it can be made again from the packets at any time.
-- issuer and bank: whose keys the verdict depends on. addressee: whom the enterprise addressed. reward: calls itself one.
CREATE TABLE line (
    number INTEGER PRIMARY KEY REFERENCES packet (number),
    serial BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    bank TEXT,
    addressee TEXT,
    title TEXT NOT NULL,
    greeting TEXT NOT NULL,
    theme TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('bank', 'goods')),
    amount BIGINT,
    currency TEXT,
    expires BIGINT NOT NULL,
    reward BIGINT NOT NULL CHECK (reward IN (0, 1)),
    verdict TEXT NOT NULL CHECK (verdict IN ('genuine', 'not-genuine', 'unchecked'))
);
CREATE INDEX line_issuer ON line (issuer);
CREATE INDEX line_bank ON line (bank);
CREATE INDEX line_reward ON line (number) WHERE reward = 1;

-- All of a packet but its file, which may be long: a list reads this index alone.
CREATE INDEX packet_row ON packet (number, id, state, received_at, opened_at, reward_packet, reward_opener);

-- What every round asks for.
CREATE INDEX collection_unfinished ON collection (id) WHERE state NOT IN ('paid', 'rejected');
