import { oc } from '@orpc/contract'
import { errorMap } from '../errors.ts'

/** Where every procedure starts. */
export const base = oc.errors(errorMap)
