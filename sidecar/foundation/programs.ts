import { accessSync, constants } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** Folders that only the system writes to. */
const SYSTEM = ['/usr/bin', '/usr/local/bin', '/bin', '/opt/homebrew/bin']

/**
 * Where programs are looked for that run outside of any box: in the system's folders first. The person's PATH may name a folder
 * that commands write to, as that of a project's own tools.
 * @param path the person's
 */
export const trustedPath = (path = process.env.PATH ?? ''): string =>
  [...SYSTEM, ...path.split(':').filter((folder) => isAbsolute(folder))].join(':')

/** @returns the program's path; undefined where there is none */
export function findProgram(name: string, path?: string): string | undefined {
  return trustedPath(path)
    .split(':')
    .map((folder) => join(folder, name))
    .find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
