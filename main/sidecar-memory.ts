/**
 * For the C library of a sidecar on Linux: few heaps, and what is free goes back to the system. Its threads would else keep
 * about 10 MB that nobody uses. No command in a box sees it: boxes get an environment of their own.
 */
export const FRUGAL_HEAP = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' } as const
