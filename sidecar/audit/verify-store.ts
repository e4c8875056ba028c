import { setImmediate as breathe } from 'node:timers/promises'
import type { AuditCheckpoint, AuditReport } from '../contract/index.ts'
import type { Clock } from '../foundation/index.ts'
import { Judge, trusted } from './judge.ts'
import { fromBase64, type Hash } from './merkle/hash.ts'
import { noteVerifier } from './note.ts'
import { untoldSeals } from './seal-entry.ts'
import type { Seal } from './sealed.ts'
import { type AuditStore, STRIDE } from './store.ts'
import { verifyInThreads } from './verify-threads.ts'
import type { Witness } from './witness.ts'

/** Entries read at once. */
const CHUNK = 256
/** Others get their turn this often, in milliseconds. */
const BREATH_MS = 10

export interface VerifyOptions {
  /** The key of this home. */
  key: string
  witnesses: readonly Pick<Witness, 'path' | 'fromStart' | 'recall'>[]
  clock: Clock
  /** Records of so many entries are hashed in threads first. */
  threadsFrom?: number | undefined
  /** File of the threads; absent: the usual one. */
  worker?: string | undefined
}

/** For fewer entries the threads would take longer to begin. */
const THREADS_FROM = 16_384

/** Computes the whole tree anew from the entries and compares it with every signature, every witness and the kept state. */
export async function verifyStore(store: AuditStore, options: VerifyOptions): Promise<AuditReport> {
  const { key, witnesses, clock, threadsFrom = THREADS_FROM, worker } = options
  const began = clock.ms()
  const verifier = noteVerifier(key)
  if (!verifier) throw new TypeError('this is no key of an audit record')
  const nodes = new Map<number, Map<number, Hash>>()
  const kept = store.checkpoints(0, Number.MAX_SAFE_INTEGER)
  const { good, forged } = trusted(kept, verifier)
  // A signature is checked once: most of what a witness holds is what the record holds.
  const known = new Set(good.map(({ note }) => note))
  const told = witnesses.map((witness) => ({ witness, ...(witness.recall() ?? { checkpoints: [], unreadable: [] }) }))
  const others = told.flatMap(({ checkpoints }) => checkpoints).filter(({ note }) => !known.has(note))
  const seen = trusted(others, verifier)
  const judge = new Judge(seen.good, (height, position, root) => {
    if (height % STRIDE !== 0) return
    const level = nodes.get(height / STRIDE) ?? new Map<number, Hash>()
    nodes.set(height / STRIDE, level.set(position, root))
  })
  if (kept[0]) for (const { witness, checkpoints } of told) examineWitness(judge, witness, checkpoints[0], kept[0].size)
  judge.forged(forged, 'the checkpoint', verifier.name)
  judge.forged(seen.forged, "a witness' checkpoint", verifier.name)
  // As it stands now: the record may go on while it is verified.
  const size = store.rows()
  const state = store.loadState()
  const absent = new Set<string>()
  let breath = clock.ms()

  /** @returns false where entries are missing or nothing more can be told */
  const judgeUpTo = async (end: number, signed?: { root: Hash; at: string }): Promise<boolean> => {
    while (judge.size < end || signed) {
      const start = judge.size
      const stop = Math.min(end, start + CHUNK)
      const gone = lookUp(store, judge, start, absent)
      if (gone) {
        judge.block({
          texts: [],
          hashes: store.leaves(start, Math.min(stop, gone.size)),
          leaves: () => undefined,
          signed: stop === end && stop <= gone.size ? signed : undefined,
        })
        if (judge.lost) return false
        if (stop === end && stop <= gone.size) return true
        continue
      }
      const texts = store.texts(start, stop)
      if (texts.length < stop - start) {
        const missing = firstMissing(store.positions(start, stop), start)
        judge.lost = true
        judge.fault('entry.missing', `entry ${missing} is missing: it was removed`, missing)
        return false
      }
      judge.block({ texts, leaves: () => store.leaves(start, stop), signed: stop === end ? signed : undefined })
      if (judge.lost) return false
      if (clock.ms() - breath > BREATH_MS) {
        await breathe()
        breath = clock.ms()
      }
      if (stop === end) return true
    }
    return true
  }

  if (size >= threadsFrom) await verifyInThreads(store, judge, good, size, worker)
  const left = judge.size === 0 ? good : good.filter((checkpoint) => checkpoint.size > judge.size)
  for (const { size: until, root, at } of left) {
    if (until > size) {
      judge.fault(
        'record.truncated',
        `the checkpoint of ${at} covers ${until} entries, but the record ends after ${size}: the last ones were removed`,
        size,
      )
      break
    }
    if (!(await judgeUpTo(until, { root: fromBase64(root)!, at }))) break
  }
  if (!judge.lost && judge.size < size) await judgeUpTo(size)
  if (!judge.lost) {
    if (size > 0 && (state?.size !== size || state.root() !== judge.root()))
      judge.fault(
        'state.changed',
        `the kept state of the tree (${state?.size ?? 'none'} entries) does not fit its ${size} entries`,
      )
    for (const [height, level] of nodes) compareNodes(store, judge, height, level)
    judge.compareLength()
  }
  for (const { from, size } of await untoldSeals(store))
    judge.fault('seal.forged', `no entry tells that the entries ${from} to ${size - 1} were sealed: their text was removed`, from)
  const seals = store.sealed.list().map((seal) => ({
    from: seal.from,
    size: seal.size,
    file: store.sealed.path(seal),
    present: !absent.has(seal.file),
  }))
  const torn = told.filter(({ unreadable }) => unreadable.length > 0)
  store.sealed.forget()
  return {
    ...(seals.length > 0 && { sealed: seals }),
    ...(torn.length > 0 && { notes: torn.map(({ witness, unreadable }) => tornLines(witness.path, unreadable)) }),
    ok: judge.faults.length === 0,
    entries: judge.size,
    size,
    checkpoints: kept.length,
    signed: judge.signed,
    key,
    keyKnown: true,
    faults: judge.faults,
    durationMs: clock.ms() - began,
  }
}

/** @returns the seal that a place is under, where its texts are not to be had */
function lookUp(store: AuditStore, judge: Judge, position: number, absent: Set<string>): Seal | undefined {
  const seal = store.sealed.over(position)
  if (!seal) return undefined
  if (absent.has(seal.file)) return seal
  try {
    const segment = store.sealed.open(seal)
    const note = store.checkpointUpTo(seal.size)?.note
    // What is not hashed: it would keep the segment from proving itself elsewhere.
    const proof =
      segment?.checkpoint.note === note && (position !== seal.from || segment?.peaks.join('') === judge.peaks.join(''))
    if (segment && !proof)
      judge.fault('segment.changed', `the sealed segment ${seal.file} does not hold the proof it was sealed with`, seal.from)
    if (segment?.texts.length === seal.size - seal.from) return undefined
    if (!segment)
      judge.fault(
        'segment.missing',
        `the entries ${seal.from} to ${seal.size - 1} are not there: the file ${store.sealed.path(seal)} that they were sealed in is missing, and only their hashes were verified; put it back`,
        seal.from,
      )
    else
      judge.fault(
        'segment.changed',
        `the sealed segment ${seal.file} should hold ${seal.size - seal.from} entries, and holds ${segment.texts.length}`,
        seal.from,
      )
  } catch (error) {
    judge.fault('segment.damaged', `the sealed segment ${seal.file} cannot be read: ${(error as Error).message}`, seal.from)
  }
  absent.add(seal.file)
  return seal
}

/** Lines that are named; a file may hold many. */
const MOST_LINES = 5

const tornLines = (path: string, lines: readonly number[]): string =>
  `the witness ${path} holds no checkpoint in line ${lines.slice(0, MOST_LINES).join(', ')}${lines.length > MOST_LINES ? ' and more' : ''}: a crash cut it, or somebody changed it`

/** A witness that is gone, or was begun anew, cannot tell of an older record. */
function examineWitness(
  judge: Judge,
  { path, fromStart }: VerifyOptions['witnesses'][number],
  first: AuditCheckpoint | undefined,
  firstSize: number,
): void {
  if (!first)
    judge.fault(
      'witness.missing',
      `the witness ${path} is missing or cannot be read: nothing tells whether the record is older than it was`,
    )
  else if (fromStart && first.size > firstSize)
    judge.fault(
      'witness.cut',
      `the witness ${path} begins with the checkpoint over ${first.size} entries: the earlier ones were removed from it`,
    )
}

/** Proofs are made from these. */
function compareNodes(store: AuditStore, judge: Judge, height: number, level: ReadonlyMap<number, Hash>): void {
  const kept = store.nodes(height, 0, level.size)
  for (const [position, root] of level)
    if (kept[position] !== root) {
      const first = position * 2 ** (height * STRIDE)
      judge.fault('node.changed', `the kept root over the ${2 ** (height * STRIDE)} entries from ${first} on was changed`, first)
    }
}

function firstMissing(positions: readonly number[], start: number): number {
  const at = positions.findIndex((position, index) => position !== start + index)
  return start + (at === -1 ? positions.length : at)
}
