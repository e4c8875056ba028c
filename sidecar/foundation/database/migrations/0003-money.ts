/** Every model call and what it cost, and the budgets that bound them. */
export const money = `
CREATE TABLE ledger (
  id            INTEGER PRIMARY KEY,
  at            TEXT NOT NULL,
  -- the day in the person's own calendar, as it was where the call was made
  day           TEXT NOT NULL,
  -- no reference: what a session cost outlives it
  session_id    TEXT NOT NULL,
  turn_id       TEXT,
  agent         TEXT,
  run_id        TEXT,
  provider      TEXT NOT NULL,
  model         TEXT NOT NULL,
  purpose       TEXT NOT NULL,
  status        TEXT NOT NULL,
  -- null: the model's server did not say, or not yet
  input         INTEGER,
  output        INTEGER,
  cache_read    INTEGER,
  cache_write   INTEGER,
  -- null: unknown, which is not zero
  cost_micros   INTEGER,
  price_version TEXT,
  -- what budgets count as long as the truth is unknown
  held_tokens   INTEGER,
  held_micros   INTEGER
) STRICT;
CREATE INDEX ledger_by_day ON ledger (day);
CREATE INDEX ledger_by_session ON ledger (session_id);
CREATE INDEX ledger_by_agent ON ledger (agent) WHERE agent IS NOT NULL;

CREATE TABLE budgets (
  id       TEXT PRIMARY KEY,
  scope    TEXT NOT NULL,
  subject  TEXT,
  period   TEXT NOT NULL,
  unit     TEXT NOT NULL,
  "limit"  INTEGER NOT NULL,
  unpriced TEXT NOT NULL,
  -- calls before this moment do not count: it was reset
  since    TEXT NOT NULL,
  set_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- a warning is given once for each budget, period and subject
CREATE TABLE budget_warnings (
  budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  occasion  TEXT NOT NULL,
  PRIMARY KEY (budget_id, occasion)
) STRICT, WITHOUT ROWID;
`
