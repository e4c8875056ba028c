const UNTIDY = /(?:^|\/)\.{0,2}(?:\/|$)/

/** Whether a path is spelled the one way: no empty names, no `.` and `..`. Then comparing and joining are enough, where else it must be resolved. */
export const isTidy = (path: string): boolean => !UNTIDY.test(path.startsWith('/') ? path.slice(1) : path)
