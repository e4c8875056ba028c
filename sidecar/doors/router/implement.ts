import { implement } from '@orpc/server'
import { contract } from '../../contract/index.ts'
import type { Log } from '../../foundation/index.ts'
import { toContractError } from '../errors.ts'

/** Where every procedure's implementation starts: whatever it throws becomes an error of the contract. */
export function implementer(journal: Log) {
  return implement(contract).use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      throw toContractError(error, journal)
    }
  })
}

export type Implementer = ReturnType<typeof implementer>
