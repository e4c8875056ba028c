import { EXIT, errorExit } from './exit-code.ts'

/** A fault of how a command was called. */
export class UsageError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** The person stopped the command before it had begun. */
export class Cancelled extends Error {}

export interface Problem {
  message: string
  hint: string | undefined
  exitCode: number
}

/** Any thrown thing in words for a person. Errors of this process and of a door look alike. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Cancelled) return { message: 'cancelled', hint: undefined, exitCode: EXIT.cancelled }
  if (error instanceof UsageError) return { message: error.message, hint: error.hint, exitCode: EXIT.usage }
  if (!(error instanceof Error)) return { message: String(error), hint: undefined, exitCode: EXIT.failed }
  const { kind, code, hint, data } = error as { kind?: string; code?: string; hint?: string; data?: { hint?: string } }
  return { message: error.message, hint: hint ?? data?.hint, exitCode: errorExit(kind ?? code) }
}

/** The precise cause of an error of ours, from this process or through a door: `home.inUse`. */
export function causeOf(error: unknown): string | undefined {
  const { code, data } = (error ?? {}) as { code?: unknown; data?: { code?: unknown } }
  const cause = data?.code ?? code
  return typeof cause === 'string' ? cause : undefined
}
