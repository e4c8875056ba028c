import type { AuditFault, AuditReport } from '../contract/index.ts'
import { type Clock, OxbowError } from '../foundation/index.ts'
import { provesItself, readSegment, type Segment } from './segment.ts'

/**
 * Verifies a sealed segment by itself.
 * @param key that must have signed it; without one, the key that the segment names is believed, and the report says so
 * @throws OxbowError `audit.noExport` where the file is something else
 */
export function verifySegment(path: string, key: string | undefined, clock: Clock): AuditReport {
  const began = clock.ms()
  let segment: Segment | undefined
  try {
    segment = readSegment(path)
  } catch (error) {
    throw noSegment(path, (error as Error).message)
  }
  if (!segment) throw noSegment(path, 'it is not there')
  const { from, size, texts } = segment
  const faults: AuditFault[] = []
  if (key !== undefined && key.trim() !== segment.key)
    faults.push({ code: 'key.differs', message: `the segment names the key ${segment.key}, not the one that was asked for` })
  if (!provesItself(segment))
    faults.push({
      code: 'segment.changed',
      message: `the entries ${from} to ${size - 1} do not lead to the root that was signed: at least one of them, or their proof, was changed`,
      position: from,
    })
  const ok = faults.length === 0
  return {
    ok,
    entries: texts.length,
    size,
    checkpoints: 1,
    signed: ok ? texts.length : 0,
    key: segment.key,
    keyKnown: key !== undefined,
    faults,
    durationMs: clock.ms() - began,
  }
}

const noSegment = (path: string, why: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'audit.noExport',
    `${path} is no sealed segment: ${why}`,
    'Name a file that `oxbow audit seal` made, or an export.',
  )
