import { implement } from '@orpc/server'
import type { Audit } from '../../audit/index.ts'
import { contract } from '../../contract/index.ts'
import type { Log } from '../../foundation/index.ts'
import { toContractError } from '../errors.ts'
import { procedureEvent } from './recorded.ts'

/**
 * Where every procedure's implementation starts: whatever it throws becomes an error of the contract, and what changed
 * Oxbow's settings or rules is recorded.
 */
export function implementer(journal: Log, audit: Audit) {
  // What we answer is typed; validating it again would copy every event of every watcher.
  return implement(contract)
    .$config({ initialOutputValidationIndex: Number.NaN })
    .use(async ({ next, path }, input) => {
      try {
        const answer = await next()
        const event = procedureEvent(path, input, answer.output)
        if (event) audit.record(event)
        return answer
      } catch (error) {
        throw toContractError(error, journal)
      }
    })
}

export type Implementer = ReturnType<typeof implementer>
