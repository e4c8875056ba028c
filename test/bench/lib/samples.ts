/** The value below which the given share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new Error('no samples')
  return value
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5)

/** Takes samples one after the other; the first ones only warm up. */
export async function sample(count: number, warmUps: number, take: () => Promise<number>): Promise<number[]> {
  for (let n = 0; n < warmUps; n++) await take()
  const samples: number[] = []
  for (let n = 0; n < count; n++) samples.push(await take())
  return samples
}
