import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { headOf } from './text.ts'
import type { Spool, SpoolWriter } from './tool.ts'

export interface SpoolLimits {
  /** Bytes kept of one output. */
  output: number
  /** Bytes kept of all; the oldest outputs go first. */
  total: number
}

const DEFAULTS: SpoolLimits = { output: 64 << 20, total: 512 << 20 }
const NAME = /^(?:spool:)?([a-z0-9]{16,32})$/

/** Keeps outputs as files of a folder, readable by this user only. */
export function createSpool(dir: string, limits: SpoolLimits = DEFAULTS): Spool {
  const pathOf = (id: string): string => join(dir, `${id}.txt`)

  const begin = async (): Promise<SpoolWriter> => {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    await makeRoom(dir, limits)
    const id = randomBytes(10).toString('hex')
    const file = await open(pathOf(id), 'wx', 0o600)
    let left = limits.output
    let closed: Promise<void> | undefined
    return {
      name: `spool:${id}`,
      async write(text) {
        if (left <= 0) return
        const kept = Buffer.byteLength(text) <= left ? text : headOf(text, left)
        const bytes = Buffer.from(kept)
        left = kept.length < text.length ? 0 : left - bytes.length
        await file.write(bytes)
      },
      close() {
        closed ??= file.close()
        return closed
      },
    }
  }

  return {
    begin,
    async save(text) {
      const writer = await begin()
      try {
        await writer.write(text)
      } finally {
        await writer.close()
      }
      return writer.name
    },
    locate(name) {
      const id = NAME.exec(name)?.[1]
      if (id !== undefined) return pathOf(id)
      throw new OxbowError('NOT_FOUND', 'path.notFound', `There is no kept output "${name.slice(0, 100)}".`)
    },
  }
}

/** Removes the oldest outputs until another whole one fits. */
async function makeRoom(dir: string, { output, total }: SpoolLimits): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.txt'))
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(dir, name)
      const found = await stat(path).catch(() => undefined)
      return { path, size: found?.size ?? 0, time: found?.mtimeMs ?? 0 }
    }),
  )
  let used = files.reduce((sum, file) => sum + file.size, 0)
  for (const { path, size } of files.sort((a, b) => a.time - b.time)) {
    if (used + output <= total) return
    await rm(path, { force: true })
    used -= size
  }
}
