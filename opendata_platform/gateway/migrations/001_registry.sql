-- Instants are ISO 8601 text in UTC, sizes are bytes, documents are JSON text.

CREATE TABLE datasets (
    id TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    metadata TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- Who may register datasets in a namespace: whoever registered the first one.
CREATE TABLE namespaces (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL
);

-- One publication from its begin on; `phase` is open, committing, done or aborted.
CREATE TABLE publications (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL REFERENCES datasets (id),
    principal TEXT NOT NULL,
    parent_seq BIGINT NOT NULL,
    phase TEXT NOT NULL,
    result TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

-- What a publication was promised for upload: these bytes, under this version, and nothing else.
CREATE TABLE tickets (
    publication TEXT NOT NULL REFERENCES publications (id),
    partition TEXT NOT NULL,
    version TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (publication, partition)
);
