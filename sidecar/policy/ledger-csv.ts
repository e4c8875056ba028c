import type { ModelCall } from '../contract/index.ts'

const COLUMNS: readonly (readonly [string, (call: ModelCall) => string | number | undefined])[] = [
  ['at', (call) => call.at],
  ['day', (call) => call.day],
  ['session', (call) => call.sessionId],
  ['turn', (call) => call.turnId],
  ['agent', (call) => call.agent],
  ['run', (call) => call.run],
  ['provider', (call) => call.provider],
  ['model', (call) => call.model],
  ['purpose', (call) => call.purpose],
  ['status', (call) => call.status],
  ['input_tokens', (call) => call.usage?.input],
  ['output_tokens', (call) => call.usage?.output],
  ['cache_read_tokens', (call) => call.usage?.cacheRead],
  ['cache_write_tokens', (call) => call.usage?.cacheWrite],
  ['cost_usd', (call) => (call.costMicros === undefined ? undefined : (call.costMicros / 1e6).toFixed(6))],
  ['price_version', (call) => call.priceVersion],
]

/** Calls as CSV (RFC 4180). What is unknown is an empty field, never a zero. */
export function callsCsv(calls: readonly ModelCall[], heading: boolean): string {
  const lines = calls.map((call) => COLUMNS.map(([, read]) => field(read(call))).join(','))
  if (heading) lines.unshift(COLUMNS.map(([name]) => name).join(','))
  return lines.map((line) => `${line}\r\n`).join('')
}

/** A spreadsheet takes text that begins so for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/

function field(value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
