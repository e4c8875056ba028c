/** What rooms may log to; the composition root hands in a real one. Never log a key, a message or a file's content. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
