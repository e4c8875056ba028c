import type { Db } from '../../foundation/index.ts'
import { prepared } from '../prepared.ts'
import { DIGEST_TAG } from './digests.ts'

const MOST = 500
const IS_DIGEST = `type = 'session' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = '${DIGEST_TAG}')`

/** Digests that no other sums up, the newest first: the root where there is one, and what it does not hold yet. @returns their ids */
export const topDigests = (db: Db, from: number, to: number): string[] =>
  prepared<[number, number], { id: string }>(
    db,
    `SELECT id FROM memories m WHERE n BETWEEN ? AND ? AND lineage = id AND ${IS_DIGEST} AND NOT EXISTS (
       SELECT 1 FROM memory_rests r JOIN memories above ON above.id = r.memory
       WHERE r.source = m.id AND above.type = 'session' AND above.lineage = above.id)
     ORDER BY external_id = 'digest all' DESC, valid_from DESC LIMIT ${MOST}`,
  )
    .all(from, to)
    .map(({ id }) => id)

/** What a digest, or a generalised memory, was made of, in the order of time. @returns their ids */
export const madeOf = (db: Db, id: string): string[] =>
  prepared<[string], { id: string }>(
    db,
    `SELECT m.id FROM memory_rests r JOIN memories m ON m.id = r.source WHERE r.memory = ? ORDER BY m.valid_from, m.n LIMIT ${MOST}`,
  )
    .all(id)
    .map((row) => row.id)
