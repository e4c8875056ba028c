import { BY_AGENT, type Memory, type MemoryResult } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import type { Secrets } from '../learn/secret.ts'
import { Shelves } from '../shelf.ts'
import type { MemoryStore } from '../store.ts'
import type { Uses } from '../strength/uses.ts'
import type { Told } from '../told.ts'
import { likeGoal, type SolvedTask, stepsIn, textOfTask, wasCompleted } from './solved-task.ts'

/** Kept of one space. Past it, those go that were of the least use, the oldest first. */
const MOST_KEPT = 300
/** Goals at least so alike are one kind of task. */
const SAME_KIND = 0.65
const NEAREST = 8

export interface ReasoningParts {
  db: Db
  store: MemoryStore
  uses: Uses
  secrets: Secrets
  changed?: Told | undefined
  search(request: { query: string; space: string; agent: string; types: ['reasoning']; limit: number }): Promise<MemoryResult[]>
}

/** How kinds of tasks were solved: one memory for each kind, stronger with each time that it went so again. */
export class ReasoningBank {
  readonly #parts: ReasoningParts
  readonly #most: number

  constructor(parts: ReasoningParts, most: number = MOST_KEPT) {
    this.#parts = parts
    this.#most = most
  }

  /**
   * Keeps what a turn has shown. Where strangers' words were read, its steps may be theirs: nothing is kept of it.
   * @returns what became of it
   */
  async keep(
    task: SolvedTask,
    { space, agent }: { space: string; agent: string },
  ): Promise<'saved' | 'strengthened' | 'improved' | 'none'> {
    const { store, uses, secrets, search } = this.#parts
    const text = textOfTask(task)
    if (text === undefined || task.taint.includes('untrusted') || secrets.in(text)) return 'none'
    const externalId = `turn:${task.turn}`
    if (this.#has(externalId, { space, agent })) return 'none'
    const found = await search({ query: task.goal.slice(0, 1000), space, agent, types: ['reasoning'], limit: NEAREST })
    const [known] = found
      .map(({ memory }) => ({ memory, like: likeGoal(task.goal, memory.text) }))
      .filter(({ memory, like }) => like >= SAME_KIND && (memory.agent ?? '') === agent)
      .sort((a, b) => b.like - a.like)
    if (!known) {
      this.#save(text, externalId, task, { space, agent })
      this.#bound({ space, agent })
      return 'saved'
    }
    return this.#again(known.memory, text, task, uses, store)
  }

  /** The same kind of task once more: what went better replaces what was known, which stays as a past version. */
  #again(known: Memory, text: string, task: SolvedTask, uses: Uses, store: MemoryStore): 'strengthened' | 'improved' | 'none' {
    const better = task.completed && (!wasCompleted(known.text) || stepsIn(text) < stepsIn(known.text))
    const guarded = known.pinned || known.protection === 'high' || known.protection === 'permanent'
    if (better && !guarded && known.taint.includes(BY_AGENT)) {
      const next = store.update({ id: known.id, text, taint: [BY_AGENT, ...task.taint], validFrom: task.at })
      this.#tell('superseded', next, task)
      uses.add([known.id], task.session)
      return 'improved'
    }
    if (!task.completed) return 'none'
    uses.add([known.id], task.session)
    return 'strengthened'
  }

  #save(text: string, externalId: string, task: SolvedTask, { space, agent }: { space: string; agent: string }): void {
    const saved = this.#parts.store.save({
      text,
      type: 'reasoning',
      tags: [],
      importance: task.completed ? 0.5 : 0.3,
      protection: 'none',
      pinned: false,
      space,
      source: { session: task.session },
      taint: [...new Set([BY_AGENT, ...task.taint])],
      externalId,
      validFrom: task.at,
      ...(agent !== '' && { agent }),
    })
    this.#tell('learned', saved, task)
  }

  #tell(what: 'learned' | 'superseded', { id, space, text }: Memory, { session }: SolvedTask): void {
    this.#parts.changed?.({ what, by: 'learning', ids: [id], space, text, session })
  }

  #has(externalId: string, reach: { space: string; agent: string }): boolean {
    const find = this.#parts.db.prepare<[string, number, number], { n: number }>(
      'SELECT n FROM memories WHERE external_id = ? AND n BETWEEN ? AND ?',
    )
    return this.#ranges(reach).some(({ from, to }) => find.get(externalId, from, to) !== undefined)
  }

  #bound(reach: { space: string; agent: string }): void {
    const least = this.#parts.db.prepare<[number, number, number], { id: string }>(
      `SELECT id FROM memories WHERE n BETWEEN ? AND ? AND type = 'reasoning' AND pinned = 0 AND protection NOT IN ('high', 'permanent')
       ORDER BY uses DESC, valid_from DESC LIMIT -1 OFFSET ?`,
    )
    for (const { from, to } of this.#ranges(reach))
      for (const { id } of least.all(from, to, this.#most)) this.#parts.store.drop([id])
  }

  #ranges(reach: { space: string; agent: string }): { from: number; to: number }[] {
    return new Shelves(this.#parts.db).ranges({ ...reach, past: false })
  }
}
