import { implement } from '@orpc/server'
import { contract } from '../../contract/index.ts'
import type { Log } from '../../foundation/index.ts'
import { toContractError } from '../errors.ts'

/** Where every procedure's implementation starts: whatever it throws becomes an error of the contract. */
export function implementer(journal: Log) {
  // What we answer is typed; validating it again would copy every event of every watcher.
  return implement(contract)
    .$config({ initialOutputValidationIndex: Number.NaN })
    .use(async ({ next }) => {
      try {
        return await next()
      } catch (error) {
        throw toContractError(error, journal)
      }
    })
}

export type Implementer = ReturnType<typeof implementer>
