import { sessionLog } from './0001-session-log.ts'
import { gate } from './0002-gate.ts'
import { money } from './0003-money.ts'
import { media } from './0004-media.ts'
import { audit } from './0005-audit.ts'
import { memory } from './0006-memory.ts'
import { taint } from './0007-tainted-files.ts'
import { memoryLearning } from './0008-memory-learning.ts'
import { egress } from './0009-egress.ts'
import { embedderSource } from './0010-embedder-source.ts'
import { memoryDreams } from './0011-memory-dreams.ts'
import { episodes } from './0012-episodes.ts'
import { knowledge } from './0013-knowledge.ts'
import { auditSeals } from './0014-audit-seals.ts'
import { vectorsByMemory } from './0015-vectors-by-memory.ts'
import { sessionSpace } from './0016-session-space.ts'
import { joinedSegments } from './0017-joined-segments.ts'
import { watchedFiles } from './0018-watched-files.ts'

/** Append only. The place in this list is the schema version it leads to: the first leads to 1. */
export const migrations: readonly string[] = [
  sessionLog,
  gate,
  money,
  media,
  memory,
  audit,
  taint,
  memoryLearning,
  egress,
  embedderSource,
  memoryDreams,
  episodes,
  knowledge,
  auditSeals,
  vectorsByMemory,
  sessionSpace,
  joinedSegments,
  watchedFiles,
]
