import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { SessionId, TurnId } from '../ids.ts'
import { SafetyTier, Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['audit'] })

/** What an entry of the record is about. */
export const AuditKind = z.enum([
  'decision',
  'approval',
  'toolCall',
  'toolResult',
  'modelCall',
  'sandbox',
  'process',
  'secret',
  'memory',
  'config',
  'policy',
  'session',
  'turn',
  'agent',
  'job',
  'door',
])
export type AuditKind = z.infer<typeof AuditKind>

/** Who did it: a model, the person, Oxbow by itself, or whoever knocked at a door. */
export const AuditActor = z.enum(['agent', 'person', 'oxbow', 'outsider'])
export type AuditActor = z.infer<typeof AuditActor>

export const AuditDecision = z.enum(['allow', 'ask', 'deny'])
export type AuditDecision = z.infer<typeof AuditDecision>

/** One entry of the record. Its canonical JSON is what the tree's leaf is the hash of: all of it is protected. */
export const AuditEntry = z.object({
  /** Its place in the record, from 0. */
  position: z.number().int().nonnegative(),
  at: Timestamp,
  kind: AuditKind,
  actor: AuditActor,
  /** One line for people. */
  title: z.string(),
  session: SessionId.optional(),
  turn: TurnId.optional(),
  agent: z.string().optional(),
  tool: z.string().optional(),
  tier: SafetyTier.optional(),
  decision: AuditDecision.optional(),
  reason: z.string().optional(),
  /** How it ended: `done`, `failed`, `denied`. */
  outcome: z.string().optional(),
  /** SHA-256, base64url, of the whole content without its secrets, of which `excerpt` is the beginning. */
  digest: z.string().optional(),
  excerpt: z.string().optional(),
  /** What only this kind has: tokens of a model call, the key of a setting. */
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** A root of the tree that was signed. `note` is a signed note (C2SP): origin, size and root in base64, then the signature. */
export const AuditCheckpoint = z.object({
  size: z.number().int().nonnegative(),
  root: z.string(),
  at: Timestamp,
  note: z.string(),
})
export type AuditCheckpoint = z.infer<typeof AuditCheckpoint>

/** Something wrong with a record, in words that say what was done to it and where. */
export const AuditFault = z.object({
  code: z.string(),
  message: z.string(),
  position: z.number().int().optional(),
})
export type AuditFault = z.infer<typeof AuditFault>

/** What a verification found. */
export const AuditReport = z.object({
  ok: z.boolean(),
  /** Entries that were looked at. */
  entries: z.number().int(),
  /** Size of the tree they are in. */
  size: z.number().int(),
  checkpoints: z.number().int(),
  /** Of a proof that the record only grew: its size before. */
  grewFrom: z.number().int().optional(),
  /** Entries that a signature covers. */
  signed: z.number().int(),
  /** The key that signed: what `audit verify --key` takes. Empty where nothing is signed yet. */
  key: z.string(),
  /** Whether the key was known from elsewhere, or only the record itself says so. */
  keyKnown: z.boolean(),
  /** The first faults; a broken record has many. */
  faults: z.array(AuditFault),
  durationMs: z.number(),
  /** What a person should know, and is no fault. */
  notes: z.array(z.string()).optional(),
  /** Entries whose text was moved into files. Where a file is absent, which is a fault, their hashes alone were verified. */
  sealed: z
    .array(z.object({ from: z.number().int(), size: z.number().int(), file: z.string(), present: z.boolean() }))
    .optional(),
})
export type AuditReport = z.infer<typeof AuditReport>

const word = z.string().min(1).max(200).optional()

/** Which entries: all that is given must hold. */
export const AuditFilter = z.object({
  kind: AuditKind.optional(),
  session: SessionId.optional(),
  agent: word,
  tool: word,
  decision: AuditDecision.optional(),
  /** From this moment on. */
  since: z.iso.datetime().optional(),
  /** Up to this moment. */
  until: z.iso.datetime().optional(),
})
export type AuditFilter = z.infer<typeof AuditFilter>

const Position = z.coerce.number().int().nonnegative()
/** Lines of an export. */
const Lines = z.object({ lines: z.array(z.string()) })

export const audit = {
  list: route('GET', '/audit', 'Entries of the record, newest first')
    .input(
      AuditFilter.extend({
        /** Only entries before this place. */
        before: Position.optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
    )
    .output(z.object({ entries: z.array(AuditEntry), size: z.number().int() })),
  get: route('GET', '/audit/entries/{position}', 'One entry, and the first checkpoint that covers it')
    .input(z.object({ position: Position }))
    .output(z.object({ entry: AuditEntry, checkpoint: AuditCheckpoint.nullable() })),
  /** What is new since `after` (a size; now where it is absent), then what happens. */
  watch: route('GET', '/audit/watch', 'Follow the record live')
    .input(AuditFilter.extend({ after: Position.optional() }))
    .output(eventIterator(z.object({ entries: z.array(AuditEntry), size: z.number().int() }))),
  head: route('GET', '/audit/head', 'How large the record is, and how much of it is signed').output(
    z.object({ size: z.number().int(), checkpoint: AuditCheckpoint.nullable(), key: z.string().nullable() }),
  ),
  verify: route('POST', '/audit/verify', 'Compute the whole tree anew and compare it with every signature').output(AuditReport),
  /** Without a filter the whole record with its checkpoints; with one, each entry with a proof that it is in the record. */
  export: route('GET', '/audit/export', 'The record as JSON lines that can be verified elsewhere')
    .input(AuditFilter)
    .output(eventIterator(Lines)),
  seal: route('POST', '/audit/seal', 'Move the text of old entries into sealed files; all proofs still hold')
    .input(z.object({ olderThanDays: z.number().int().min(0).max(36_500) }))
    .output(z.object({ entries: z.number().int(), files: z.array(z.string()) })),
  prove: route('GET', '/audit/prove', 'Proof of one entry, or that the record only grew since a size')
    .input(z.object({ position: Position.optional(), since: Position.optional() }))
    .output(Lines),
}
