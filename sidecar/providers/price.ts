import { createHash } from 'node:crypto'
import type { Usage } from '../contract/index.ts'

/** Micro-dollars per token, which is the same number as dollars per million tokens. */
export interface Rates {
  input: number
  output: number
  /** Absent: charged as input. */
  cacheRead?: number | undefined
  cacheWrite?: number | undefined
}

export interface Price extends Rates {
  /** Other rates for calls whose input is longer than `above` tokens; the shortest first. */
  tiers?: readonly (Rates & { above: number })[] | undefined
}

/** For what runs on this computer. */
export const free: Price = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

const versions = new WeakMap<Price, string>()

/** A short name of a price as it stands: what was reckoned alike has the same. */
export function priceVersion(price: Price): string {
  const known = versions.get(price)
  if (known !== undefined) return known
  const version = createHash('sha256').update(JSON.stringify(price)).digest('hex').slice(0, 8)
  versions.set(price, version)
  return version
}

/** What one model call cost, in whole micro-dollars; undefined where the price is unknown (never 0 for that). */
export function cost(usage: Usage, price: Price | undefined): number | undefined {
  if (price === undefined) return undefined
  const length = usage.input + usage.cacheRead + usage.cacheWrite
  const rates = price.tiers?.findLast((tier) => length > tier.above) ?? price
  return Math.round(
    usage.input * rates.input +
      usage.output * rates.output +
      usage.cacheRead * (rates.cacheRead ?? rates.input) +
      usage.cacheWrite * (rates.cacheWrite ?? rates.input),
  )
}
