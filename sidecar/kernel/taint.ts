import { relative } from 'node:path'
import { holdsKey, holdsRandom } from '../audit/index.ts'
import type { SessionEvent, SessionId, SessionView, TaintLabel, TaintMark } from '../contract/index.ts'
import { marksOf, type PrivatePaths, placeIn, type TaintedFiles } from '../policy/index.ts'
import type { Box } from '../sandbox/index.ts'
import type { Tool, ToolOutcome } from '../tools/index.ts'
import { hashOf, markChanged } from './changed-files.ts'

/** A call that has run. */
export interface RanCall {
  sessionId: SessionId
  tool: Pick<Tool, 'name' | 'tier'>
  title: string
  args: unknown
  box: Box
  startedMs: number
  outcome: ToolOutcome | undefined
  /** What the gate said it brings. */
  brings: readonly TaintMark[]
  /** What the conversation had before. */
  taints: readonly TaintMark[]
}

/** Takes labels from what a call read to the conversation, and from the conversation to what it wrote. */
export class TaintKeeper {
  readonly #files: TaintedFiles
  readonly #privates: PrivatePaths

  constructor(files: TaintedFiles, privates: PrivatePaths) {
    this.#files = files
    this.#privates = privates
  }

  /**
   * Finds what a call brought into the conversation, and labels what it wrote; before any model is shown its result.
   * @returns every mark of the call, known ones too
   */
  async after(call: RanCall): Promise<TaintMark[]> {
    const { outcome, title } = call
    const marks = [...call.brings]
    const source = title.slice(0, 200)
    if (outcome?.untrusted) marks.push({ label: 'untrusted', source, reason: 'it holds what others wrote' })
    if (outcome?.private) marks.push({ label: 'private', source, reason: 'it holds what should not leave this computer' })
    if (outcome && holdsKey(outcome.text)) marks.push({ label: 'private', source, reason: 'what it showed holds a key' })
    else if (outcome && holdsRandom(outcome.text))
      marks.push({ label: 'private', source, reason: 'what it showed looks like a key' })
    if (outcome) marks.push(...this.#named(call, outcome))
    for (const file of outcome?.files ?? []) marks.push(...(await this.#of(file, call.box.workspace)))
    const labels = [...new Set([...call.taints, ...marks].map(({ label }) => label))]
    if (labels.length > 0) await this.#label(call, labels, [...call.taints, ...marks])
    return marks
  }

  /** Labelled files whose names stand in what was printed, where a tool does not say which files it shows. */
  #named({ tool, args, box }: RanCall, { text, files }: ToolOutcome): TaintMark[] {
    if (files || tool.tier === 'write' || tool.name === 'ls' || tool.name === 'find') return []
    const from = placeIn(box.workspace, pathOf(args) ?? '.')
    return this.#files.below(from).flatMap(({ path, folder, labels, source }) => {
      const name = relative(box.workspace, path)
      if (!folder && !text.includes(name)) return []
      return labels.map((label) => ({ label, source: path, reason: `it came from there (${source})` }))
    })
  }

  /** Labels of a file that was shown: its own, those of its name, or those of what it is a copy of. */
  async #of(path: string, workspace: string): Promise<TaintMark[]> {
    const why = this.#privates.why(path, workspace)
    const marks: TaintMark[] = why === undefined ? [] : [{ label: 'private', source: path, reason: why }]
    if (!this.#files.some()) return marks
    const known = this.#files.of(path)
    if (known) return [...marks, ...marksOf(known)]
    const hash = await hashOf(path)
    const original = hash === undefined ? undefined : this.#files.copyOf(hash)
    if (!original) return marks
    const reason = `it is a copy of ${original.path} (${original.source})`
    return [...marks, ...original.labels.map((label) => ({ label, source: path, reason }))]
  }

  /**
   * Whether what is private follows into the files that are written: the person's own content does. A key does not, else a
   * session that saw one once would make all its work private.
   */
  #isPersonal({ label, source }: TaintMark, workspace: string): boolean {
    const origin = this.#files.of(source)?.source ?? source
    return label === 'private' && origin.startsWith('/') && this.#privates.isPersonal(origin, workspace)
  }

  /** Labels the files and the kept output that a call wrote. */
  async #label(call: RanCall, labels: readonly TaintLabel[], marks: readonly TaintMark[]): Promise<void> {
    const { tool, box, outcome, sessionId, startedMs, args } = call
    const about = { labels, source: sourceOf(marks, labels), sessionId }
    if (outcome?.spool !== undefined) this.#files.mark([{ path: outcome.spool }], box.workspace, about)
    const follows = labels.includes('untrusted') || marks.some((mark) => this.#isPersonal(mark, box.workspace))
    if (tool.tier === 'exec' && follows) await markChanged(this.#files, box, startedMs, about)
    const path = pathOf(args)
    if (tool.tier === 'write' && path !== undefined && (follows || holdsKey(JSON.stringify(args)))) {
      const real = await box.resolve(path, 'read').catch(() => undefined)
      const root =
        real !== undefined && box.shared !== undefined && real.startsWith(`${box.shared}/`) ? box.shared : box.workspace
      if (real !== undefined) this.#files.mark([{ path: real, hash: await hashOf(real) }], root, about)
    }
  }
}

/** Sources of one label that are written down; the label counts, however many there are. */
const MOST_SOURCES = 12

/** The events of marks that the session does not have yet. */
export function taintEvents({ taints = [] }: Pick<SessionView, 'taints'>, marks: readonly TaintMark[]): SessionEvent[] {
  const known = new Set(taints.map(keyOf))
  const counts = { untrusted: 0, private: 0 }
  for (const { label } of taints) counts[label]++
  const fresh: TaintMark[] = []
  for (const mark of marks) {
    const cut = { ...mark, source: mark.source.slice(0, 300).toWellFormed() }
    if (known.has(keyOf(cut)) || counts[mark.label] >= MOST_SOURCES) continue
    known.add(keyOf(cut))
    counts[mark.label]++
    fresh.push(cut)
  }
  return fresh.map((mark) => ({ type: 'sessionTainted', ...mark }))
}

/** Files that a person hands in from elsewhere: nobody says who wrote them. */
export function handedIn(parts: readonly { type: string; name?: string | undefined }[]): TaintMark[] {
  return parts.flatMap((part): TaintMark[] =>
    part.type === 'text' || part.name === undefined
      ? []
      : [{ label: 'untrusted', source: `the file ${part.name}`, reason: 'it was handed in and not made here' }],
  )
}

const keyOf = ({ label, source }: Pick<TaintMark, 'label' | 'source'>): string => `${label} ${source}`

/** The file that a call names. */
export function pathOf(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || !('path' in args)) return undefined
  return typeof args.path === 'string' ? args.path : undefined
}

/** What is written down as the source of labels that files take over. */
export function sourceOf(marks: readonly TaintMark[], labels: readonly TaintLabel[]): string {
  const first = marks.find(({ label }) => label === 'untrusted' && labels.includes(label)) ?? marks[0]
  return first?.source ?? 'a conversation'
}
