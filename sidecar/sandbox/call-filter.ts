import { join } from 'node:path'

/** The descriptor that bubblewrap reads the filter from. */
export const FILTER_FD = '9'

/** The filters, made by `build/sandbox`; from here and from the bundle they are equally far. A shell reads no archive. */
const FOLDER = join(import.meta.dirname, '../../resources/sandbox').replace(/app\.asar(?=\/)/, 'app.asar.unpacked')

/** Gives a line that enters a bubblewrap its filter of system calls: see `build/sandbox/call-filter.mjs`. @param online whether it has a relay to the proxy */
export function withFilter(line: string, online: boolean): string {
  const filter = join(FOLDER, `calls${online ? '-online' : ''}-${process.arch}.bpf`)
  return `${line} ${FILTER_FD}<'${filter.replaceAll("'", "'\\''")}'`
}
