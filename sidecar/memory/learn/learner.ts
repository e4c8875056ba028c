import {
  type LearnReport,
  type Memory,
  type MemoryResult,
  type MemoryType,
  NOTHING_LEARNED,
  type QuestionAnswer,
  type QuestionId,
  type SaveMemory,
} from '../../contract/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import type { MemoryStore } from '../store.ts'
import type { Uses } from '../strength/uses.ts'
import type { Told } from '../told.ts'
import { parseWhen } from '../when.ts'
import { type Candidate, mayChange, trustOf } from './candidate.ts'
import { carefully } from './carefully.ts'
import { merged } from './merge.ts'
import type { Questions } from './questions.ts'
import type { Relation } from './relate.ts'
import type { Secrets } from './secret.ts'

/** What is known already is looked for among so many of the nearest. */
const NEAREST = 8
/** Candidates of one turn. */
const MOST_CANDIDATES = 20
const MOST_TEXT = 2000

/** Whose memory learns, and from what. */
export interface Lesson {
  space: string
  /** Empty: every agent's. */
  agent: string
  session?: string | undefined
  /** When it was said; what is learned holds from then on. Absent: now. */
  at?: string | undefined
  candidates: readonly Candidate[]
}

export interface LearnerParts {
  store: MemoryStore
  uses: Uses
  questions: Questions
  secrets: Secrets
  search(request: { query: string; space: string; agent: string; limit: number }): Promise<MemoryResult[]>
  now(): string
  /** Which of two known memories holds. */
  decide(holds: string, past: string): void
  /** One transaction, whose changes are told after it. */
  together<T>(work: () => T): T
  changed?: Told | undefined
}

interface Prepared {
  candidate: Candidate
  near: readonly { id: string; likeness: number | undefined }[]
}

/** Puts what was found in a conversation among what is known. */
export class Learner {
  readonly #parts: LearnerParts

  constructor(parts: LearnerParts) {
    this.#parts = parts
  }

  /**
   * Looks up what is near, then writes all that follows, and `also`, in one transaction: a crash loses and doubles nothing.
   * @param also for instance how far its caller has come
   */
  async learn(lesson: Lesson, also: () => void = () => {}): Promise<LearnReport> {
    const report = { ...NOTHING_LEARNED }
    const prepared: Prepared[] = []
    for (const candidate of lesson.candidates.slice(0, MOST_CANDIDATES)) {
      const text = candidate.text.toWellFormed().trim().slice(0, MOST_TEXT)
      if (text === '' || this.#parts.secrets.in(`${text} ${candidate.tags.join(' ')}`)) report.dropped++
      else
        prepared.push({
          candidate: { ...candidate, text, validFrom: timeOf(candidate.validFrom) },
          near: await this.#near(lesson, text),
        })
    }
    return this.#parts.together(() => {
      const fresh: Memory[] = []
      for (const one of prepared) this.#place(lesson, one, fresh, report)
      also()
      return report
    })
  }

  /**
   * Carries out what the person says to a question.
   * @throws OxbowError `memory.noQuestion`, `memory.nothingToReplace`, as `update`
   */
  answer(id: QuestionId, answer: QuestionAnswer): Memory | undefined {
    return this.#parts.together(() => {
      const { candidate, space, agent, session, about } = this.#parts.questions.take(id)
      const { known } = candidate
      if (known !== undefined) {
        if (answer !== 'keep' && about !== undefined)
          this.#parts.decide(answer === 'replace' ? known : about, answer === 'replace' ? about : known)
        return this.#parts.store.some([answer === 'discard' && about !== undefined ? about : known])[0]
      }
      if (answer === 'discard') return undefined
      if (answer === 'keep') return this.#save({ space, agent, session }, candidate)
      if (about === undefined)
        throw new OxbowError(
          'BAD_REQUEST',
          'memory.nothingToReplace',
          'this question is about no known memory',
          'Keep it or discard it.',
        )
      return this.#parts.store.update({ id: about as Memory['id'], text: candidate.text, taint: candidate.taint })
    })
  }

  async #near({ space, agent }: Lesson, query: string): Promise<Prepared['near']> {
    const results = await this.#parts.search({ query, space, agent, limit: NEAREST })
    return results.map(({ id, why }) => ({ id, likeness: why.meaning?.score }))
  }

  #place(lesson: Lesson, { candidate, near }: Prepared, fresh: Memory[], report: LearnReport): void {
    const known = new Map(near.map(({ id, likeness }) => [id, likeness]))
    const others = [...this.#parts.store.some([...known.keys()]), ...fresh]
    const { relation, memory } = closest(
      candidate,
      others.filter((other) => other.supersededBy === undefined && (other.agent ?? '') === lesson.agent),
      known,
    )
    const { space, agent, session } = lesson
    const ask = (kind: 'untrusted' | 'contradiction', about?: string): void => {
      if (this.#parts.questions.ask({ kind, space, agent, candidate, session, about })) report.asked++
      else report.dropped++
    }
    // What a stranger may have written is known better, or the person decides.
    if (trustOf(candidate.taint) === 'stranger') {
      if (relation === 'same' || relation === 'near') report.dropped++
      else ask('untrusted', relation === 'other' ? undefined : memory?.id)
      return
    }
    if (!memory || relation === 'other') {
      const saved = this.#save(lesson, candidate)
      this.#parts.changed?.({ what: 'learned', by: 'learning', ids: [saved.id], space, text: saved.text, session })
      fresh.push(saved)
      report.saved++
      return
    }
    const may = mayChange(candidate.taint, memory.taint)
    if (relation === 'same' || relation === 'near') {
      if (!may) {
        report.dropped++
        return
      }
      this.#strengthen(lesson, candidate, memory, relation, fresh, report)
      return
    }
    const guarded = memory.pinned || memory.protection === 'high' || memory.protection === 'permanent'
    if (relation === 'unsure' || !may || guarded) ask('contradiction', memory.id)
    else {
      this.#change(lesson, candidate, memory, candidate.text, fresh, 'superseded')
      report.superseded++
    }
  }

  #strengthen(
    lesson: Lesson,
    candidate: Candidate,
    memory: Memory,
    relation: 'same' | 'near',
    fresh: Memory[],
    report: LearnReport,
  ): void {
    const whole = merged({ ...candidate, tags: [...candidate.tags] }, memory)
    if (relation === 'same' || whole.text === memory.text) {
      this.#parts.uses.add([memory.id], lesson.session)
      report.strengthened++
      return
    }
    // A person's own words, or a text that is protected, are not rewritten by a model's.
    this.#change(lesson, candidate, memory, whole.text, fresh, 'merged', whole)
    this.#parts.uses.add([memory.id], lesson.session)
    report.merged++
  }

  #change(
    { at, session }: Lesson,
    { taint, validFrom }: Candidate,
    memory: Memory,
    text: string,
    fresh: Memory[],
    what: 'merged' | 'superseded',
    more: { tags?: string[]; importance?: number } = {},
  ): void {
    const from = validFrom ?? at ?? this.#parts.now()
    const { tags, importance } = more
    const next = this.#parts.store.update({
      id: memory.id,
      text,
      taint,
      ...(tags && { tags }),
      ...(importance !== undefined && { importance }),
      // What was said of an earlier time does not end what holds.
      validFrom: from > memory.validFrom ? from : memory.validFrom,
    })
    const ids = [next.id, ...(next.id === memory.id ? [] : [memory.id])]
    this.#parts.changed?.({ what, by: 'learning', ids, space: next.space, text: next.text, session })
    const at0 = fresh.findIndex(({ id }) => id === next.id)
    if (at0 >= 0) fresh[at0] = next
  }

  #save({ space, agent, session, at }: Omit<Lesson, 'candidates'>, candidate: Candidate): Memory {
    const { text, type, tags, importance, taint, message, validFrom = at } = candidate
    const input: SaveMemory = {
      text,
      type,
      tags: [...tags],
      importance,
      protection: 'none',
      pinned: false,
      space,
      source: { ...(session !== undefined && { session }), ...(message !== undefined && { message }) },
      taint: [...taint],
      ...(agent !== '' && { agent }),
      ...(validFrom !== undefined && { validFrom }),
    }
    return this.#parts.store.save(input)
  }
}

/** A time that cannot be read is none: it was said now. */
function timeOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return parseWhen(text)
  } catch {
    return undefined
  }
}

const RANK: readonly Relation[] = ['other', 'unsure', 'near', 'contradicts', 'same']

/** What was merely said, summed up or noted of a task neither repeats nor contradicts what is said now. */
const NO_STATEMENTS: ReadonlySet<MemoryType> = new Set<MemoryType>(['episode', 'session', 'reasoning'])

/** The known memory that has most to do with a candidate. */
function closest(
  candidate: Candidate,
  others: readonly Memory[],
  likeness: ReadonlyMap<string, number | undefined>,
): { relation: Relation; memory?: Memory } {
  let best: { relation: Relation; memory?: Memory } = { relation: 'other' }
  for (const memory of others) {
    if (NO_STATEMENTS.has(memory.type)) continue
    const relation = carefully(candidate, memory, likeness.get(memory.id))
    if (RANK.indexOf(relation) > RANK.indexOf(best.relation)) best = { relation, memory }
  }
  return best
}
