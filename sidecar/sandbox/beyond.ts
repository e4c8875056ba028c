import { realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { isInside, unreadable } from './rules.ts'
import type { Box } from './sandbox.ts'

/** Finds files outside of a workspace that a person may be asked about; what holds secrets is none of them. */
export interface Beyond {
  /** The real path of such a file; undefined where nobody is to be asked. */
  find(path: string, workspace: string): Promise<string | undefined>
}

export function createBeyond(oxbowHome: string, personHome: string): Beyond {
  const closed = [...unreadable(oxbowHome, personHome), '/proc', '/sys', '/dev']
  return {
    async find(path, workspace) {
      try {
        const real = await realpath(resolve(workspace, path))
        const places = await Promise.all(closed.map((folder) => realpath(folder).catch(() => folder)))
        if ([...closed, ...places].some((folder) => isInside(real, folder)) || isInside(real, workspace)) return undefined
        return (await stat(real)).isFile() ? real : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** A box through which one more file can be read: the one that a person allowed, as long as its name leads there. */
export function widened(box: Box, allowed: string, beyond: Beyond): Box {
  const wider = Object.create(box) as { -readonly [K in keyof Box]: Box[K] }
  wider.resolve = async (path, use) => {
    try {
      return await box.resolve(path, use)
    } catch (error) {
      const outside = error instanceof OxbowError && error.code === 'path.outside' && use === 'read'
      if (outside && (await beyond.find(path, box.workspace)) === allowed) return allowed
      throw error
    }
  }
  return wider
}
