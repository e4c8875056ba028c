import { hash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { holdsKey, holdsRandom } from '../audit/index.ts'
import type { SessionEvent, SessionId, SessionView, TaintLabel, TaintMark } from '../contract/index.ts'
import { type NewTaintedFile, placeIn, type TaintedFiles } from '../policy/index.ts'
import type { Box } from '../sandbox/index.ts'
import type { Tool, ToolOutcome } from '../tools/index.ts'

/** Files looked at after a command of a conversation with words from outside; past it the whole workspace counts. */
const MOST_LOOKED_AT = 20_000
/** How much coarser a file system's clock may be, in milliseconds: a change just before the command counts too. */
const CLOCK_SLACK_MS = 20
/** A larger file is known by its path alone. */
const MOST_HASHED = 2 << 20

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

  constructor(files: TaintedFiles) {
    this.#files = files
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
    if (outcome) marks.push(...this.#shown(call, outcome), ...(await this.#copied(call)))
    const labels = [...new Set([...call.taints, ...marks].map(({ label }) => label))]
    if (labels.length > 0) await this.#label(call, labels, [...call.taints, ...marks])
    return marks
  }

  /** Labelled files whose names stand in what was found or printed. */
  #shown({ tool, args, box }: RanCall, { text }: ToolOutcome): TaintMark[] {
    if (tool.tier === 'write' || tool.name === 'ls' || tool.name === 'find') return []
    const from = placeIn(box.workspace, pathOf(args) ?? '.')
    return this.#files.below(from).flatMap(({ path, folder, labels, source }) => {
      const name = relative(box.workspace, path)
      if (!folder && !text.includes(name)) return []
      return labels.map((label) => ({ label, source: path, reason: `it came from there (${source})` }))
    })
  }

  /** A copy of a labelled file, under another name. */
  async #copied({ tool, args, box }: RanCall): Promise<TaintMark[]> {
    const path = pathOf(args)
    if (!this.#files.some() || tool.name !== 'read' || path === undefined || path.startsWith('spool:')) return []
    const hash = await hashOf(placeIn(box.workspace, path))
    const known = hash === undefined ? undefined : this.#files.copyOf(hash)
    if (!known) return []
    return known.labels.map((label) => ({ label, source: path, reason: `it is a copy of ${known.path} (${known.source})` }))
  }

  /** Labels the files and the kept output that a call wrote. */
  async #label(call: RanCall, labels: readonly TaintLabel[], marks: readonly TaintMark[]): Promise<void> {
    const { tool, box, outcome, sessionId, startedMs, args } = call
    const about = (kept: readonly TaintLabel[]) => ({ labels: kept, source: sourceOf(marks, kept), sessionId })
    if (outcome?.spool !== undefined) this.#files.mark([{ path: outcome.spool }], box.workspace, about(labels))
    // Privacy alone follows into no file: a session that saw a key once would make all its work private.
    const untrusted = labels.includes('untrusted')
    if (tool.tier === 'exec' && untrusted) {
      const written = await changedSince(box.workspace, startedMs - CLOCK_SLACK_MS)
      this.#files.mark(written, box.workspace, about(labels))
    }
    const path = pathOf(args)
    if (tool.tier === 'write' && path !== undefined && (untrusted || holdsKey(JSON.stringify(args)))) {
      const real = await box.resolve(path, 'read').catch(() => undefined)
      if (real !== undefined) this.#files.mark([{ path: real, hash: await hashOf(real) }], box.workspace, about(labels))
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

function sourceOf(marks: readonly TaintMark[], labels: readonly TaintLabel[]): string {
  const first = marks.find(({ label }) => label === 'untrusted' && labels.includes(label)) ?? marks[0]
  return first?.source ?? 'a conversation'
}

/** The SHA-256 of a file's content; undefined where it is no file, or a large one. */
async function hashOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > MOST_HASHED || found.size === 0) return undefined
    return hash('sha256', await readFile(path), 'hex')
  } catch {
    return undefined
  }
}

/** Folders that only programs write: changed, they count as a whole. */
const WHOLE = new Set(['.git', 'node_modules', '.venv', '__pycache__', 'target', 'dist'])

/**
 * Files below a folder whose content, name or rights changed since a moment. The time of the change cannot be set by who
 * makes it, unlike that of the content.
 */
async function changedSince(root: string, sinceMs: number): Promise<NewTaintedFile[]> {
  const changed: NewTaintedFile[] = []
  const waiting = [root]
  let left = MOST_LOOKED_AT
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    left -= entries.length
    if (left < 0) return [{ path: root, folder: true }]
    for (const entry of entries) {
      const path = join(folder, entry.name)
      const whole = entry.isDirectory() && WHOLE.has(entry.name)
      if (entry.isDirectory() && !whole) waiting.push(path)
      else if (whole || entry.isFile()) {
        const found = await stat(path).catch(() => undefined)
        if (!found || found.ctimeMs < sinceMs) continue
        changed.push(whole ? { path, folder: true } : { path, hash: await hashOf(path) })
      }
    }
  }
  return changed
}
