import type { Dirent } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Looks } from './looks.ts'

/** Names looked at for one command; a folder with more may hold anything. */
const MOST_LOOKED_AT = 20_000
/** Of so many, one is waited for, so that a large tree holds nobody up. */
const AT_ONCE = 32
/** Folders that only programs write. */
const SKIPPED = new Set(['.git', 'node_modules', '.venv', '__pycache__'])

export interface PrivateSearch {
  looks: Looks
  /** Why a path is private; undefined where it is not. */
  why(path: string): string | undefined
  /** Whether hidden files count, where no pattern names them. */
  hidden: boolean
  /** What a shell's pattern stands for. Absent: every file. */
  fits?: ((path: string) => boolean) | undefined
  /** Folders gone down. Default: all. */
  depth?: number | undefined
  /** Whether folders that fit are gone down, however deep. */
  whole?: boolean | undefined
}

/** The first private file below a folder, with why it is. Links are followed where a pattern names them, as a shell does. */
export async function findPrivate(
  folder: string,
  { looks, why, hidden, fits, depth = Number.POSITIVE_INFINITY, whole = false }: PrivateSearch,
): Promise<{ path: string; reason: string } | undefined> {
  const waiting = [{ path: folder, left: depth }]
  let looked = 0
  let folders = 0
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    folders += 1
    const few = folders % AT_ONCE === 0 ? undefined : looks.inSmall(at.path)
    const entries = few ? [...few.values()] : await readLarge(at.path)
    looked += entries.length
    if (looked > MOST_LOOKED_AT) return { path: folder, reason: 'it holds too many files to look at each' }
    for (const entry of entries) {
      const path = join(at.path, entry.name)
      if (entry.isDirectory()) {
        const passes = !SKIPPED.has(entry.name) && (hidden || fits !== undefined || entry.name[0] !== '.')
        if (passes && (at.left > 1 || (whole && fits?.(path)))) waiting.push({ path, left: at.left - 1 })
        continue
      }
      if (fits ? !fits(path) : !hidden && entry.name[0] === '.') continue
      const real = fits && entry.isSymbolicLink() ? await realpath(path).catch(() => path) : path
      const reason = why(path) ?? (real === path ? undefined : why(real))
      if (reason !== undefined) return { path, reason }
    }
  }
  return undefined
}

const readLarge = (folder: string): Promise<Dirent[]> => readdir(folder, { withFileTypes: true }).catch(() => [])
