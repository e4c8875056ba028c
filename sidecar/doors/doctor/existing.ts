import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The path itself, or the nearest place above it that is there. */
export async function existing(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found || dirname(path) === path ? path : existing(dirname(path))
}
