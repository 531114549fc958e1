/** The database's schema, as numbered steps: entry i brings it from version i to i + 1. Never change one that was released. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE jobs (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, config TEXT NOT NULL,
      state TEXT NOT NULL, reason TEXT NOT NULL, rounds INTEGER NOT NULL, created_at INTEGER NOT NULL)`,
    `CREATE TABLE versions (
      job TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL, round INTEGER NOT NULL,
      attempt INTEGER NOT NULL, created_at INTEGER NOT NULL, updates INTEGER NOT NULL, examples INTEGER NOT NULL,
      bytes INTEGER NOT NULL, test TEXT, clients TEXT, PRIMARY KEY (job, version))`,
    'CREATE INDEX versions_by_digest ON versions (digest)',
    `CREATE TABLE attempts (
      job TEXT NOT NULL, attempt INTEGER NOT NULL, round INTEGER NOT NULL, row TEXT NOT NULL,
      PRIMARY KEY (job, attempt))`,
    'CREATE TABLE counted (job TEXT NOT NULL, task_id TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (job, task_id))',
    'CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
  ],
  // Versions that are not kept; plans of open attempts; what was accepted (NULL for what counted before this step).
  [
    'ALTER TABLE versions ADD COLUMN kept INTEGER NOT NULL DEFAULT 1',
    'CREATE INDEX versions_kept ON versions (digest) WHERE kept = 1',
    'ALTER TABLE attempts ADD COLUMN plan TEXT',
    'CREATE INDEX attempts_open ON attempts (job, attempt) WHERE plan IS NOT NULL',
    'ALTER TABLE counted ADD COLUMN sha256 TEXT',
    'ALTER TABLE counted ADD COLUMN accepted_at INTEGER',
  ],
]
