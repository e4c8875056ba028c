/** Limits of what a person hands in, in bytes and files. */
export const MEDIA_LIMITS = { fileBytes: 25 * 1024 * 1024, files: 20, messageBytes: 100 * 1024 * 1024 } as const
