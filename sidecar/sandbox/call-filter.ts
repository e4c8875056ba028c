import { join } from 'node:path'

/** The descriptor that bubblewrap reads the filter from. */
export const FILTER_FD = '9'

/** From here and from the bundle it is equally far. A shell reads no archive. */
const FOLDER = join(import.meta.dirname, '../../resources/sandbox').replace(/app\.asar(?=\/)/, 'app.asar.unpacked')

/** A file made by `build/sandbox`. */
export const shippedFile = (name: string): string => join(FOLDER, name)

/** Gives a line that enters a bubblewrap its filter of system calls: see `build/sandbox/call-filter.mjs`. */
export function withFilter(line: string): string {
  const filter = shippedFile(`calls-${process.arch}.bpf`)
  return `${line} ${FILTER_FD}<'${filter.replaceAll("'", "'\\''")}'`
}
