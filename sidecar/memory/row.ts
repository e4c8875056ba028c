import type { Memory, MemoryId, MemoryType, Protection } from '../contract/index.ts'
import { textOf } from './packed.ts'
import type { ShelfName } from './shelf.ts'

/** A memory as the database has it. */
export interface Row {
  n: number
  id: string
  lineage: string
  type: string
  text: string
  packed: Uint8Array | null
  speaker: string
  tags: string
  importance: number
  protection: string
  pinned: number
  session: string | null
  message: string | null
  file: string | null
  person: string | null
  taint: string
  external_id: string | null
  created_at: string
  updated_at: string
  last_used_at: string | null
  valid_from: string
  valid_to: string | null
  uses: number
}

const COLUMNS = [
  'n',
  'id',
  'lineage',
  'type',
  'text',
  'packed',
  'speaker',
  'tags',
  'importance',
  'protection',
  'pinned',
  'session',
  'message',
  'file',
  'person',
  'taint',
  'external_id',
  'created_at',
  'updated_at',
  'last_used_at',
  'valid_from',
  'valid_to',
  'uses',
] as const

export const INSERT = `INSERT INTO memories (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((column) => `@${column}`).join(', ')})`
export const REPLACE = `UPDATE memories SET ${COLUMNS.filter((column) => column !== 'n')
  .map((column) => `${column} = @${column}`)
  .join(', ')} WHERE n = @n`

/** A row as the contract has it. */
export function toMemory(row: Row, shelf: Pick<ShelfName, 'space' | 'agent'>): Memory {
  return {
    id: row.id as MemoryId,
    type: row.type as MemoryType,
    text: textOf(row),
    tags: JSON.parse(row.tags) as string[],
    importance: row.importance,
    protection: row.protection as Protection,
    pinned: row.pinned === 1,
    space: shelf.space,
    ...(shelf.agent !== '' && { agent: shelf.agent }),
    ...(row.speaker !== '' && { speaker: row.speaker }),
    source: {
      ...(row.session !== null && { session: row.session }),
      ...(row.message !== null && { message: row.message }),
      ...(row.file !== null && { file: row.file }),
      ...(row.person !== null && { person: row.person }),
    },
    taint: JSON.parse(row.taint) as string[],
    ...(row.external_id !== null && { externalId: row.external_id }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    validFrom: row.valid_from,
    ...(row.valid_to !== null && { validTo: row.valid_to }),
    uses: row.uses,
    ...(row.lineage !== row.id && { supersededBy: row.lineage as MemoryId }),
  }
}
