const OPEN = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'

/**
 * Words for bash that close all it has open beyond `last`. What we were started with and what native code opens is inherited by
 * every process we start, and a folder among it would lead out of any box.
 */
export const closeBeyond = (last: number): string =>
  `for fd in ${OPEN}/*; do if [ "\${fd##*/}" -gt ${last} ]; then eval "exec \${fd##*/}>&-"; fi; done; unset fd; `
