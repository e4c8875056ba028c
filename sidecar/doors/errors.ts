import { ORPCError, ValidationError } from '@orpc/server'
import { type ErrorData, errorMap } from '../contract/index.ts'
import { type Log, OxbowError } from '../foundation/index.ts'

/** Turns whatever a procedure threw into an error of the contract; what is a fault of ours is logged and says no more than that. */
export function toContractError(error: unknown, journal: Log): ORPCError<string, ErrorData> {
  if (error instanceof OxbowError) {
    const { kind, code, hint, message } = error
    return contractError(kind, message, { code, ...(hint !== undefined && { hint }) }, error)
  }
  if (error instanceof ORPCError) {
    if (error.cause instanceof ValidationError && error.code === 'BAD_REQUEST') {
      const issues = error.cause.issues.map((issue) => {
        const path = issue.path?.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.')
        return path ? `${path}: ${issue.message}` : issue.message
      })
      return contractError('BAD_REQUEST', issues.join('; '), {
        code: 'input.invalid',
        hint: 'See /openapi.json for what is expected.',
      })
    }
    if (error.defined) return error
    journal.error({ err: error }, 'a procedure answered outside the contract')
    return contractError('INTERNAL_SERVER_ERROR', 'Oxbow made a mistake; its log says more.', { code: 'internal' }, error)
  }
  journal.error({ err: error }, 'a procedure failed')
  return contractError('INTERNAL_SERVER_ERROR', 'Oxbow made a mistake; its log says more.', { code: 'internal' }, error)
}

function contractError(
  kind: keyof typeof errorMap,
  message: string,
  data: ErrorData,
  cause?: unknown,
): ORPCError<string, ErrorData> {
  return new ORPCError(kind, { defined: true, status: errorMap[kind].status, message, data, cause })
}
