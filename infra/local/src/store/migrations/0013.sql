-- Files of providers of the project's own, by the digest of their text: what a project names never changes.
CREATE TABLE provider_files (
    provider TEXT NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (provider, digest)
) STRICT, WITHOUT ROWID;
