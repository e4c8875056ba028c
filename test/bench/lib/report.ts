import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'

const RESULTS = join(import.meta.dirname, '../../../bench-results')

/** One measured figure. Without a budget it is there to compare with. */
export interface Figure {
  figure: string
  measured: number
  unit: 'ms' | 's' | 'us' | 'MB' | '%' | '/s' | 'tokens' | ''
  /** The most it may be. */
  budget?: number
  /** The least it must be, where more is better. */
  least?: number
  /** How it was measured, where the name does not say. */
  how?: string
}

/** Prints the figures of a room as a table, writes `bench-results/<room>.json`, and fails the process when one is over its budget. */
export function report(room: string, figures: readonly Figure[]): void {
  const rows = figures.map((figure) => ({ ...figure, measured: Number(figure.measured.toFixed(2)), pass: passes(figure) }))
  const width = Math.max(...rows.map((row) => row.figure.length))
  console.log(`${'figure'.padEnd(width)}  ${'measured'.padStart(12)}  ${'budget'.padStart(10)}  pass`)
  for (const { figure, measured, unit, budget, least, pass, how } of rows) {
    const cells = [
      figure.padEnd(width),
      `${measured} ${unit}`.padStart(12),
      (budget !== undefined ? `${budget} ${unit}` : least !== undefined ? `≥ ${least} ${unit}` : '').padStart(10),
    ]
    console.log([...cells, pass === undefined ? '-' : pass ? 'yes' : 'NO'].join('  '))
    if (how !== undefined) console.log(`    ${how}`)
  }
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, load: loadavg()[0] }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(join(RESULTS, `${room}.json`), `${JSON.stringify({ room, at: new Date(), machine, figures: rows }, null, 2)}\n`)
  if (rows.some((row) => row.pass === false)) process.exitCode = 1
}

function passes({ measured, budget, least }: Figure): boolean | undefined {
  if (budget === undefined && least === undefined) return undefined
  return measured <= (budget ?? Number.POSITIVE_INFINITY) && measured >= (least ?? Number.NEGATIVE_INFINITY)
}
