import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The file of a thread: built beside the module in `folder`, or its source, which Node runs as it is. */
export function threadFile(folder: string, built: string, source: string): string {
  const file = join(folder, built)
  return existsSync(file) ? file : join(folder, source)
}
