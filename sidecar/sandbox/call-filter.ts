import { join } from 'node:path'

/** The descriptor that bubblewrap reads the filter from. */
export const FILTER_FD = '9'

/** A filter of system calls that closes keyrings and datagram pairs, made by `build/sandbox`; from here and from the bundle it is equally far. */
const FILTER = join(import.meta.dirname, `../../resources/sandbox/calls-${process.arch}.bpf`)
  // A shell reads no archive.
  .replace(/app\.asar(?=\/)/, 'app.asar.unpacked')

/** Gives a line that enters a bubblewrap the filter: see `build/sandbox/call-filter.mjs`. */
export const withFilter = (line: string): string => `${line} ${FILTER_FD}<'${FILTER.replaceAll("'", "'\\''")}'`
