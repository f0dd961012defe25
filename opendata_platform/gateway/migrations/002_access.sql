-- Keys and sessions are kept as the SHA-256 of what was handed out.

CREATE TABLE api_keys (
    prefix TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    owner TEXT NOT NULL,
    plan TEXT NOT NULL,
    datasets TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT
);

-- A publishing session: what one verified run of a workflow may publish, until it expires.
CREATE TABLE sessions (
    sha256 TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    owner TEXT NOT NULL,
    datasets TEXT NOT NULL,
    provenance TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

-- Tokens of an issuer that were exchanged already, kept until they could not be used anyway.
CREATE TABLE spent_tokens (
    jti TEXT PRIMARY KEY,
    expires_at TEXT NOT NULL
);

-- Which workflow may publish a dataset. An empty ref or environment is one that does not matter; never both.
CREATE TABLE trusted_publishers (
    dataset TEXT NOT NULL,
    repository_id TEXT NOT NULL,
    repository_owner_id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    ref TEXT NOT NULL,
    environment TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (dataset, repository_id, workflow, ref, environment)
);

CREATE INDEX trusted_publishers_of_repository ON trusted_publishers (repository_id);

-- What is used up of a limit in the window that ends at `ends_at`.
CREATE TABLE limit_counters (
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (name, subject, ends_at)
);

CREATE INDEX counters_by_end ON limit_counters (ends_at);

-- `kind` is key, ip or namespace.
CREATE TABLE usage (
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    requests BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    downloads BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (day, kind, subject)
);
