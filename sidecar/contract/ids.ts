import { z } from 'zod'

const UUID_V7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

const branded = <P extends string>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${UUID_V7}$`), `expected an id of the form ${prefix}_<uuid v7>`)
    .brand<P>()

/** Ids are a prefix over a time-sortable UUID v7: `ses_0197…`. */
export const SessionId = branded('ses')
export const TurnId = branded('trn')
export const MessageId = branded('msg')
export const PartId = branded('prt')
export const ApprovalId = branded('apr')
export const ProcessId = branded('prc')
export const MemoryId = branded('mem')
export const QuestionId = branded('mqs')
export const DreamId = branded('drm')

export type SessionId = z.infer<typeof SessionId>
export type TurnId = z.infer<typeof TurnId>
export type MessageId = z.infer<typeof MessageId>
export type PartId = z.infer<typeof PartId>
export type ApprovalId = z.infer<typeof ApprovalId>
export type ProcessId = z.infer<typeof ProcessId>
export type MemoryId = z.infer<typeof MemoryId>
export type QuestionId = z.infer<typeof QuestionId>
export type DreamId = z.infer<typeof DreamId>
