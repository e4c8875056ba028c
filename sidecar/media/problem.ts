/** Why a file is refused, in a form that crosses from the worker. */
export class MediaProblem extends Error {
  override readonly name = 'MediaProblem'
  /** `media.polyglot` */
  readonly code: string
  readonly hint: string

  constructor(code: string, message: string, hint: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

export const damaged = (what: string, cause: unknown): MediaProblem =>
  new MediaProblem(
    'media.damaged',
    `this ${what} cannot be read: ${firstLine(cause)}`,
    'Open it in the program that made it and save it again.',
  )

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!.slice(0, 200)
