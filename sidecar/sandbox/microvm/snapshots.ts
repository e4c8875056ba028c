import { createHash, randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { findProgram } from '../../foundation/index.ts'
import { sha256Of } from './image.ts'
import { type MachineSpec, qemuProgram } from './machine.ts'

/** States that are kept: of each kind of machine the settings, profiles and image of lately ask for. */
const MOST_KEPT = 4
/** What was not finished after this long, in milliseconds, never will be. */
const LEFT_MS = 3_600_000

const Note = z.object({ bytes: z.number().int(), sha256: z.string() })

/**
 * States of machines that had come up and were not set up yet: no workspace, no user, no secret is in them, so that every
 * box may go on from the same one. Each is known by all that it depends on, and used only as long as every byte is as it was written.
 */
export class Snapshots {
  readonly #folder: string
  /** Those whose bytes were looked at. */
  readonly #whole = new Set<string>()
  /** Those that cannot be made here. */
  readonly #failed = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The file with the state that such a machine can go on from; undefined where there is none. */
  async find(spec: MachineSpec): Promise<string | undefined> {
    const key = keyOf(spec)
    const file = join(this.#folder, `${key}.state`)
    if (this.#whole.has(key)) return file
    const note = await this.#note(key)
    const found = note && (await stat(file).catch(() => undefined))
    if (!note || found?.size !== note.bytes || (await sha256Of(file)) !== note.sha256) return undefined
    this.#whole.add(key)
    return file
  }

  /** Where to write the state of such a machine; undefined where that failed before. Then comes `keep` or `giveUp`. */
  async place(spec: MachineSpec): Promise<string | undefined> {
    if (this.#failed.has(keyOf(spec))) return undefined
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return join(this.#folder, `${randomUUID()}.new`)
  }

  /** The state was written whole. */
  async keep(spec: MachineSpec, written: string, note: z.infer<typeof Note>): Promise<void> {
    const key = keyOf(spec)
    await rename(written, join(this.#folder, `${key}.state`))
    const next = `${written}.json`
    await writeFile(next, JSON.stringify(note), { mode: 0o600 })
    await rename(next, join(this.#folder, `${key}.json`))
    await this.#tidy(key)
  }

  /** Such machines are started from the beginning for as long as this sidecar runs. */
  async giveUp(spec: MachineSpec): Promise<void> {
    const key = keyOf(spec)
    this.#failed.add(key)
    this.#whole.delete(key)
    for (const end of ['json', 'state']) await rm(join(this.#folder, `${key}.${end}`), { force: true })
  }

  async #note(key: string): Promise<z.infer<typeof Note> | undefined> {
    const text = await readFile(join(this.#folder, `${key}.json`), 'utf8').catch(() => '{}')
    try {
      return Note.safeParse(JSON.parse(text)).data
    } catch {
      return undefined
    }
  }

  /** Removes all but the newest, and what a crash left unfinished. */
  async #tidy(newest: string): Promise<void> {
    const names = await readdir(this.#folder)
    const dated = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(this.#folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
    )
    const others = dated.filter(({ name }) => name.endsWith('.state') && name !== `${newest}.state`)
    const old = others.sort((a, b) => b.at - a.at).slice(MOST_KEPT - 1)
    const left = dated.filter(({ name, at }) => name.includes('.new') && Date.now() - at > LEFT_MS)
    for (const name of [...old.flatMap((one) => [one.name.replace('.state', '.json'), one.name]), ...left.map((one) => one.name)])
      await rm(join(this.#folder, name), { force: true })
  }
}

/** Machines of one key differ in nothing that their state depends on: only in their names and in the folders behind their shares. */
export function keyOf({ image, accelerator, settings, shares }: MachineSpec): string {
  const qemu = findProgram(qemuProgram())
  const program = qemu === undefined ? undefined : statSync(qemu)
  const depends = [
    image.digest,
    accelerator,
    settings.memoryMb,
    settings.cpus,
    shares.map(({ tag }) => tag),
    [qemu, program?.size, program?.mtimeMs],
    cpus()[0]?.model,
    process.arch,
  ]
  return createHash('sha256').update(JSON.stringify(depends)).digest('hex').slice(0, 32)
}
