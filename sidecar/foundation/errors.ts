import type { ErrorClass, Failure } from '../contract/index.ts'

/**
 * The one error of Oxbow. `code` names the precise cause (`session.notFound`), `message` says what was wrong and where,
 * `hint` what to do about it. `kind` is the class a door answers with.
 */
export class OxbowError extends Error {
  override readonly name = 'OxbowError'
  readonly code: string
  readonly kind: ErrorClass
  readonly hint: string | undefined

  constructor(kind: ErrorClass, code: string, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.code = code
    this.hint = hint
  }

  toFailure(): Failure {
    return { code: this.code, message: this.message, ...(this.hint !== undefined && { hint: this.hint }) }
  }
}

/** Any thrown thing as a Failure; what is not an OxbowError is a fault of ours and says so. */
export function toFailure(error: unknown): Failure {
  if (error instanceof OxbowError) return error.toFailure()
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}
