import { setImmediate as rest } from 'node:timers/promises'
import {
  addUsage,
  type BudgetUnit,
  type CallPurpose,
  type CallStatus,
  type ModelCall,
  type SessionId,
  type TurnId,
  type Usage,
  type UsageBy,
  type UsageRow,
  type UsageSum,
} from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'

/** A call that is about to be made, with what is set aside for it. */
export interface OpenCall {
  at: string
  day: string
  /** Absent where a person tries a provider. */
  sessionId?: SessionId | undefined
  turnId?: TurnId | undefined
  agent?: string | undefined
  run?: string | undefined
  provider: string
  model: string
  purpose: CallPurpose
  priceVersion?: string | undefined
  heldTokens: number
  /** Absent where nobody knows the price. */
  heldMicros: number | undefined
}

/** Days in the person's own calendar, both included. */
export interface Days {
  from?: string | undefined
  to?: string | undefined
}

/** Whose calls, and since when. `since` is a moment: calls that began before it are left out. */
export interface Span extends Days {
  scope: 'all' | 'agent' | 'session'
  subject?: string | undefined
  since: string
}

/** What a budget has counted. What is not known of a call counts as it was set aside. */
export interface Count {
  used: number
  /** Of `used`: what is set aside for calls that run. */
  reserved: number
  /** Ended calls of which nobody knows the tokens, or the cost. */
  uncertain: number
}

/** The record of every model call: the truth about what was spent. */
export interface Ledger {
  /** @returns the id of the row, by which it is closed */
  open(call: OpenCall): number
  /** What is undefined stays unknown, and is counted by budgets as it was set aside. */
  close(id: number, status: 'settled' | 'failed', usage: Usage | undefined, costMicros: number | undefined): void
  /** The call was never made. */
  withdraw(id: number): void
  /** Marks what an ended process left open. @returns how many calls */
  abandon(): number
  count(span: Span, unit: BudgetUnit): Count
  /** Of the agents or sessions in a span: the one that used most. */
  fullest(span: Span, unit: BudgetUnit, except: readonly string[]): string | undefined
  /** Adds up month by month, and lets others go between: years of calls take a while. */
  summary(by: UsageBy, days: Days): Promise<{ rows: UsageRow[]; total: UsageSum }>
  /** Newest first. */
  calls(options: Days & { sessionId?: string | undefined; before?: number | undefined; limit: number }): ModelCall[]
  /** Oldest first, those after a row. */
  callsAfter(options: Days & { after: number; limit: number }): ModelCall[]
}

/** Rows of one summary. */
const MOST_ROWS = 1000

/** What budgets count of a row, and whether that is uncertain. */
const AMOUNT: Record<BudgetUnit, string> = {
  dollars: 'COALESCE(cost_micros, held_micros, 0)',
  tokens: 'COALESCE(held_tokens, input + output + cache_read + cache_write, 0)',
  calls: '1',
}
const UNKNOWN: Record<BudgetUnit, string> = { dollars: 'cost_micros IS NULL', tokens: 'input IS NULL', calls: '0' }
const WHOSE = { all: '', agent: 'agent = @subject AND', session: 'session_id = @subject AND' }
const IN_DAYS = "day BETWEEN COALESCE(@from, '') AND COALESCE(@to, '9')"

const KEYS: Record<UsageBy, string> = {
  day: 'day',
  month: 'substr(day, 1, 7)',
  model: 'model',
  agent: "COALESCE(agent, '')",
  session: 'session_id',
}
const SUMS = `
  COUNT(*) AS calls, SUM(cost_micros IS NULL) AS unpricedCalls, COALESCE(SUM(cost_micros), 0) AS costMicros,
  COALESCE(SUM(input), 0) AS input, COALESCE(SUM(output), 0) AS output,
  COALESCE(SUM(cache_read), 0) AS cacheRead, COALESCE(SUM(cache_write), 0) AS cacheWrite`

type SumRow = Omit<UsageSum, 'usage'> & Usage & { key: string }

export function createLedger(db: Db): Ledger {
  const open = db.prepare(
    `INSERT INTO ledger (at, day, session_id, turn_id, agent, run_id, provider, model, purpose, status, price_version, held_tokens, held_micros)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?, ?)`,
  )
  const close = db.prepare(
    `UPDATE ledger SET status = ?, input = ?, output = ?, cache_read = ?, cache_write = ?, cost_micros = ?,
       held_tokens = IIF(?, NULL, held_tokens), held_micros = IIF(?, NULL, held_micros)
     WHERE id = ?`,
  )
  const withdraw = db.prepare('DELETE FROM ledger WHERE id = ?')
  // No call takes days, and each start abandons what the run before it left: only the newest rows can be open.
  const abandon = db.prepare(
    `UPDATE ledger SET status = 'abandoned' WHERE status = 'reserved' AND day >= date((SELECT max(day) FROM ledger), '-7 days')`,
  )
  return {
    open(call) {
      const { lastInsertRowid } = open.run(
        call.at,
        call.day,
        call.sessionId ?? '',
        call.turnId ?? null,
        call.agent ?? null,
        call.run ?? null,
        call.provider,
        call.model,
        call.purpose,
        call.priceVersion ?? null,
        call.heldTokens,
        call.heldMicros ?? null,
      )
      return Number(lastInsertRowid)
    },
    close(id, status, usage, costMicros) {
      close.run(
        status,
        usage?.input ?? null,
        usage?.output ?? null,
        usage?.cacheRead ?? null,
        usage?.cacheWrite ?? null,
        costMicros ?? null,
        usage === undefined ? 0 : 1,
        costMicros === undefined ? 0 : 1,
        id,
      )
    },
    withdraw: (id) => void withdraw.run(id),
    abandon: () => abandon.run().changes,
    count: ({ scope, subject, from = null, to = null, since }, unit) =>
      db
        .prepare<object, Count>(
          `SELECT COALESCE(SUM(${AMOUNT[unit]}), 0) AS used,
             COALESCE(SUM(IIF(status = 'reserved', ${AMOUNT[unit]}, 0)), 0) AS reserved,
             COALESCE(SUM(status <> 'reserved' AND ${UNKNOWN[unit]}), 0) AS uncertain
           FROM ledger WHERE ${WHOSE[scope]} ${IN_DAYS} AND at >= @since`,
        )
        .get({ ...(scope !== 'all' && { subject }), from, to, since })!,
    fullest({ scope, from, to, since }, unit, except) {
      const column = scope === 'agent' ? 'agent' : 'session_id'
      const row = db
        .prepare<object, { subject: string }>(
          `SELECT ${column} AS subject FROM ledger
           WHERE ${column} IS NOT NULL AND ${column} NOT IN (SELECT value FROM json_each(@except)) AND ${IN_DAYS} AND at >= @since
           GROUP BY ${column} ORDER BY SUM(${AMOUNT[unit]}) DESC LIMIT 1`,
        )
        .get({ from: from ?? null, to: to ?? null, since, except: JSON.stringify(except) })
      return row?.subject
    },
    async summary(by, { from = '', to = '9' }) {
      const nextDay = db.prepare<[string, string], { day: string | null }>(
        'SELECT min(day) AS day FROM ledger WHERE day >= ? AND day <= ?',
      )
      const fold = db.prepare<[string, string], SumRow>(
        `SELECT ${KEYS[by]} AS key, ${SUMS} FROM ledger WHERE status <> 'reserved' AND day BETWEEN ? AND ? GROUP BY key`,
      )
      const sums = new Map<string, UsageSum>()
      let total = NOTHING_USED
      for (let day = nextDay.get(from, to)?.day; day; day = nextDay.get(`${day.slice(0, 7)}-99`, to)?.day) {
        const last = `${day.slice(0, 7)}-98`
        for (const row of fold.all(day, last < to ? last : to)) {
          const sum = toSum(row)
          sums.set(row.key, plus(sums.get(row.key) ?? NOTHING_USED, sum))
          total = plus(total, sum)
        }
        await rest()
      }
      const inTime = by === 'day' || by === 'month'
      const rows = [...sums]
        .map(([key, sum]) => ({ key, ...sum }))
        .sort((a, b) => (inTime ? later(a, b) : b.costMicros - a.costMicros || b.calls - a.calls || (a.key < b.key ? -1 : 1)))
        .slice(0, MOST_ROWS)
      return { rows: inTime ? rows.reverse() : rows, total }
    },
    calls({ sessionId, before, from = null, to = null, limit }) {
      const whose = sessionId === undefined ? '' : 'session_id = @sessionId AND'
      return db
        .prepare<object, CallRow>(`SELECT * FROM ledger WHERE ${whose} ${IN_DAYS} AND id < @before ORDER BY id DESC LIMIT @limit`)
        .all({
          ...(sessionId !== undefined && { sessionId }),
          from,
          to,
          before: before ?? Number.MAX_SAFE_INTEGER,
          limit,
        })
        .map(toCall)
    },
    callsAfter: ({ after, from = null, to = null, limit }) =>
      db
        .prepare<object, CallRow>(`SELECT * FROM ledger WHERE ${IN_DAYS} AND id > @after ORDER BY id LIMIT @limit`)
        .all({ after, from, to, limit })
        .map(toCall),
  }
}

const NOTHING_USED: UsageSum = {
  calls: 0,
  unpricedCalls: 0,
  costMicros: 0,
  usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
}

const plus = (a: UsageSum, b: UsageSum): UsageSum => ({
  calls: a.calls + b.calls,
  unpricedCalls: a.unpricedCalls + b.unpricedCalls,
  costMicros: a.costMicros + b.costMicros,
  usage: addUsage(a.usage, b.usage),
})

const later = (a: UsageRow, b: UsageRow): number => (a.key < b.key ? 1 : -1)

function toSum(row: SumRow): UsageSum {
  const { calls, unpricedCalls, costMicros, input, output, cacheRead, cacheWrite } = row
  return { calls, unpricedCalls: unpricedCalls ?? 0, costMicros, usage: { input, output, cacheRead, cacheWrite } }
}

interface CallRow {
  id: number
  at: string
  day: string
  /** Empty: of no session. */
  session_id: SessionId | ''
  turn_id: TurnId | null
  agent: string | null
  run_id: string | null
  provider: string
  model: string
  purpose: CallPurpose
  status: CallStatus
  input: number | null
  output: number | null
  cache_read: number | null
  cache_write: number | null
  cost_micros: number | null
  price_version: string | null
}

function toCall(row: CallRow): ModelCall {
  return {
    id: row.id,
    at: row.at,
    day: row.day,
    ...(row.session_id !== '' && { sessionId: row.session_id }),
    ...(row.turn_id !== null && { turnId: row.turn_id }),
    ...(row.agent !== null && { agent: row.agent }),
    ...(row.run_id !== null && { run: row.run_id }),
    provider: row.provider,
    model: row.model,
    purpose: row.purpose,
    status: row.status,
    ...(row.input !== null && {
      usage: {
        input: row.input,
        output: row.output ?? 0,
        cacheRead: row.cache_read ?? 0,
        cacheWrite: row.cache_write ?? 0,
      },
    }),
    ...(row.cost_micros !== null && { costMicros: row.cost_micros }),
    ...(row.price_version !== null && { priceVersion: row.price_version }),
  }
}
