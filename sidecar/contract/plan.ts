import { z } from 'zod'
import { PolicyRule } from './rules.ts'
import { TaintMark } from './taint.ts'
import { Timestamp } from './values.ts'

/** What a call would touch, as far as reading it tells. */
export const Reach = z.object({
  /** Files it names, relative to the workspace where they lie in it. */
  paths: z.array(z.string()),
  programs: z.array(z.string()),
  hosts: z.array(z.string()),
  /** Whether it can carry data out of this computer, or act outside of it. */
  outward: z.boolean(),
})
export type Reach = z.infer<typeof Reach>

/** A way out of the workspace that a call asked for: this file alone. */
export const Widening = z.object({ path: z.string(), use: z.enum(['read', 'write']) })
export type Widening = z.infer<typeof Widening>

/**
 * What a call changes beyond files of the workspace: what a person keeps (memories, notes), or what others see, too (a
 * calendar that programs share).
 */
export const Changed = z.enum(['kept', 'shared'])
export type Changed = z.infer<typeof Changed>
/** A change of one file, as a unified diff (bounded). */
export const FileDiff = z.object({
  path: z.string(),
  diff: z.string(),
  added: z.number(),
  removed: z.number(),
  /** Whether the change is more than the diff says. */
  cut: z.boolean().optional(),
})
export type FileDiff = z.infer<typeof FileDiff>

/** What a person should know of a call before they answer. */
export const CallPlan = z.object({
  reach: Reach.optional(),
  /** Labels of the conversation and of what the call names, where they are why it is asked. */
  taints: z.array(TaintMark).optional(),
  /** A yes holds for this call alone, whatever its scope. */
  onceOnly: z.boolean().optional(),
  /** The rules that "always" would add. None: it allows this very call in this workspace. */
  rules: z.array(PolicyRule).optional(),
  /** A longer yes covers calls of this tool, and no other edits. */
  changes: Changed.optional(),
  /** From then on it counts as a no. */
  expiresAt: Timestamp.optional(),
  widen: Widening.optional(),
  /** What would change in the file that was there when it was asked. Absent: nothing would be lost, or it cannot be told. */
  diff: FileDiff.optional(),
  /** The call has run, and these hosts were refused to it: a yes allows them, and runs it again. */
  hosts: z.array(z.string()).optional(),
})
export type CallPlan = z.infer<typeof CallPlan>
