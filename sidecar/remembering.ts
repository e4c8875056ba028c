import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import type { EmbedderChoice, PowerState } from './contract/index.ts'
import type { Config } from './foundation/index.ts'
import type { Ground } from './ground.ts'
import {
  Dreamer,
  LearnProgress,
  MemoryLearner,
  type MemoryPort,
  MemoryRecall,
  type Models,
  recordMemory,
  type SessionLog,
} from './kernel/index.ts'
import { keyInSettings } from './known-secrets.ts'
import type { Media } from './media/index.ts'
import type { MemoryRoom } from './memory/index.ts'
import type { Money } from './money.ts'
import { Power } from './power.ts'
import { GUIDE_REF } from './providers/index.ts'

export interface RememberingParts
  extends Pick<Ground, 'home' | 'config' | 'env' | 'db' | 'clock' | 'ids' | 'journal' | 'audit' | 'secrets' | 'known'>,
    Pick<Money, 'calendar' | 'ledger' | 'spending'> {
  log: SessionLog
  models: Models
  /** What reads a document that lies among the notes. */
  media: Pick<Media, 'put' | 'text'>
}

/** Memory and those who learn and recall. The room is opened with its first use: a start needs none of it. */
export interface Remembering {
  open(): Promise<MemoryRoom>
  readonly recall: MemoryRecall
  readonly learner: MemoryLearner
  readonly dreamer: Dreamer
  /** How the computer stands now. */
  heedPower(state: PowerState): void
  close(): Promise<void>
}

export function createRemembering(parts: RememberingParts): Remembering {
  const { home, config, env, db, clock, ids, journal, audit, secrets, known } = parts
  const { log, models, media, spending, ledger, calendar } = parts
  let room: Promise<MemoryRoom> | undefined
  const open = (): Promise<MemoryRoom> => {
    room ??= import('./memory/index.ts').then(
      ({ MemoryRoom }) =>
        new MemoryRoom({
          db,
          database: home.database,
          clock,
          ids,
          log: journal,
          changed: recordMemory(audit),
          secrets: known,
          convert: async (path, name) => {
            const { hash } = await media.put(await openAsBlob(path), name)
            return (await media.text(hash)).text
          },
          ...(config.calendar.folder !== undefined && { calendars: () => config.calendar.folder! }),
          ...(config.knowledge.folder !== undefined && { notes: () => config.knowledge.folder! }),
          retention: () => config.memory.retention,
          embedder: {
            downloads: join(home.root, 'embedders'),
            choice: () => embedderOf(config),
            hub: () => config.memory.modelHub,
            keyOf: (provider) => secrets.get(provider) ?? keyInSettings(config, env, provider),
          },
        }),
    )
    return room
  }
  const any = db.prepare<[], { there: number }>('SELECT EXISTS (SELECT 1 FROM memories) AS there')
  const port: MemoryPort = { open, any: () => any.get()!.there === 1 }
  const learner = new MemoryLearner({
    log,
    memory: port,
    progress: new LearnProgress(db),
    journal,
    wanted: () => config.memory.learn === 'auto',
    model: () => config.memory.model,
    guide: GUIDE_REF,
    models,
    spending,
    ledger,
    today: () => calendar.today(),
    dailyTokens: () => config.memory.dailyTokens,
  })
  const power = new Power(() => dreamer.powerChanged())
  const dreamer: Dreamer = new Dreamer({
    db,
    clock,
    memory: port,
    journal,
    wanted: () => config.memory.dream === 'auto',
    at: () => config.memory.dreamAt,
    onPower: () => power.plugged,
    away: () => power.away,
    model: () => config.memory.model,
    models,
    spending,
    ledger,
    today: () => calendar.today(),
    dreamTokens: () => config.memory.dreamTokens,
  })
  return {
    open,
    heedPower: (state) => power.heed(state),
    dreamer,
    recall: new MemoryRecall(log, port, journal),
    learner,
    close: async () => {
      await learner.stop()
      const opened = await room
      await opened?.dreams.pause()
      await dreamer.stop()
      await opened?.close()
    },
  }
}

const embedderOf = ({ memory: { embedder, embedderUrl: url, embedderKey: keyOf } }: Config): EmbedderChoice => ({
  embedder,
  ...(url !== undefined && { url }),
  ...(keyOf !== undefined && { keyOf }),
})
