import type { LearnReport, Memory, MemoryId, MemoryQuestion, QuestionAnswer, QuestionId } from '../../contract/index.ts'
import type { ReasoningBank } from '../reasoning/reasoning-bank.ts'
import type { SolvedTask } from '../reasoning/solved-task.ts'
import type { MemoryStore } from '../store.ts'
import type { Candidate } from './candidate.ts'
import type { Learner, Lesson } from './learner.ts'
import type { Questions } from './questions.ts'
import { extractByRules, mayTell } from './rules.ts'
import { saidBy } from './said.ts'

export interface LearningParts {
  learner: Learner
  questions: Questions
  reasoning: ReasoningBank
  store: Pick<MemoryStore, 'get'>
}

/** What is taken from conversations into memory, and what the person is asked about it. */
export class Learning {
  readonly #parts: LearningParts

  constructor(parts: LearningParts) {
    this.#parts = parts
  }

  /** Whether a person's words may hold something that lasts: worth asking a model. */
  mayTell(said: string): boolean {
    return mayTell(said)
  }

  /** What the person said that lasts, by rules. */
  extract(said: string): Promise<Candidate[]> {
    return extractByRules(said)
  }

  /** Whether the person said this themselves. */
  saidBy(said: string, text: string): boolean {
    return saidBy(said, text)
  }

  /** Puts what was found in a conversation among what is known, and `also`, in one transaction. */
  learn(lesson: Lesson, also?: () => void): Promise<LearnReport> {
    return this.#parts.learner.learn(lesson, also)
  }

  /** Keeps how a task was solved, where that has something to tell for the next of its kind. @returns what became of it */
  keepTask(task: SolvedTask, reach: { space: string; agent: string }): ReturnType<ReasoningBank['keep']> {
    return this.#parts.reasoning.keep(task, reach)
  }

  /** Asks the person whether a memory shall say something else. */
  ask({ id, text, taint, session }: { id: MemoryId; text: string; taint: readonly string[]; session: string }): void {
    const { type, tags, importance, space, agent = '' } = this.#parts.store.get(id)
    const candidate = { text, type, tags, importance, taint }
    this.#parts.questions.ask({ kind: 'untrusted', space, agent, candidate, session, about: id })
  }

  /** Questions without an answer. */
  get open(): number {
    return this.#parts.questions.count()
  }

  questions(filter: { space?: string | undefined; limit: number }): MemoryQuestion[] {
    return this.#parts.questions.list(filter)
  }

  /** Carries out what the person says. @returns the memory that it made, or changed */
  answer(id: QuestionId, answer: QuestionAnswer): Memory | undefined {
    return this.#parts.learner.answer(id, answer)
  }
}
