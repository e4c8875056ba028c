import { isMount, placeOf } from './bwrap-line.ts'
import { shippedFile } from './call-filter.ts'

/** Where a box finds `build/sandbox/confine.c`, the last program before its command. Alone, it fails where Landlock is missing. */
export const CONFINE_COMMAND = '/.oxbow-confine'
export const CONFINE_MOUNT = ['--ro-bind', shippedFile(`confine-${process.arch}`), CONFINE_COMMAND]

/** Mounts that can be written to, or hold such: the devices and processes of the box. */
const WRITABLE = ['--bind', '--bind-try', '--dev-bind', '--tmpfs', '--dev', '--proc']
/** Between the program that closes system calls and the shell it starts, in however many quotes. */
const BEFORE_SHELL = /(?<=\/apply-seccomp['"]*) (?=\/[\w./-]+ -c )/
const CONFINED = /\/apply-seccomp['"]* \/\.oxbow-confine (?:\/[\w./%]* )+-- \/[\w./-]+ -c /

/** Gives the command of a bubblewrap the program that lets it write in the places of these options alone. */
export function confined(command: readonly string[], options: readonly (readonly string[])[]): string[] {
  const places = options.filter((option) => isMount(option) && WRITABLE.includes(option[0]!)).map(placeOf)
  const words = [CONFINE_COMMAND, ...[...new Set(places)].map(encoded), '--'].join(' ')
  return command.map((word) => word.replace(BEFORE_SHELL, () => ` ${words} `))
}

/** Whether it has that program before its shell. */
export const isConfined = (command: readonly string[]): boolean => command.some((word) => CONFINED.test(word))

/** A path in characters that mean the same in any number of quotes. */
const encoded = (path: string): string =>
  [...Buffer.from(path)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z0-9_./]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
