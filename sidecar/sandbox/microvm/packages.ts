import { execFileSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { trustedPath } from '../../foundation/index.ts'
import { findTool, runTool } from './programs.ts'

/** Debian's package tools, used without any right: packages are downloaded and unpacked, nothing is installed. */
export const hasApt = (): boolean => ['apt-get', 'apt-cache', 'dpkg-deb', 'tar'].every((name) => findTool(name) !== undefined)

export function packageExists(name: string): boolean {
  try {
    const said = execFileSync('apt-cache', ['policy', name], {
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, PATH: trustedPath(), LC_ALL: 'C' },
    })
    return /Candidate: (?!\(none\))/.test(said)
  } catch {
    return false
  }
}

/** The packages with all that they need, as on a computer that has none yet. @throws OxbowError `sandbox.build` */
export async function neededPackages(names: readonly string[], folder: string, signal: AbortSignal): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const none = join(folder, 'no-packages')
  await writeFile(none, '')
  const args = ['-s', '-qq', '-o', `Dir::State::status=${none}`, 'install', '--no-install-recommends', '--', ...names]
  const plan = await runTool('apt-get', args, { signal })
  return [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string)
}

/** @returns the files. @throws OxbowError `sandbox.build` */
export async function downloadPackages(names: readonly string[], folder: string, signal: AbortSignal): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  await runTool('apt-get', ['download', '-qq', '--', ...names], { cwd: folder, signal })
  return (await readdir(folder)).filter((found) => found.endsWith('.deb')).map((found) => join(folder, found))
}
