-- Forwarded files that are hosted, each at an address of its own (download). head: digest of the last hop, by which a file is known, so that the
-- same forwarding has one address. file: as it was posted, which never changes, without the pictures, which are those of
-- our own packet; NULL once the packet is over. pictures: which of them belong to it, in order, with a space between.
-- until: the end of the packet as it was signed; it may have been extended.
CREATE TABLE posted (
    download TEXT NOT NULL PRIMARY KEY,
    head TEXT NOT NULL UNIQUE,
    packet TEXT NOT NULL REFERENCES packet (id),
    sender TEXT NOT NULL,
    file TEXT,
    pictures TEXT NOT NULL,
    at BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX posted_by_sender ON posted (sender) WHERE file IS NOT NULL;
CREATE INDEX posted_by_packet ON posted (packet) WHERE file IS NOT NULL;
CREATE INDEX posted_by_end ON posted (until) WHERE file IS NOT NULL;
