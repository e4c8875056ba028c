import { join } from 'node:path'

/** The folder with the agent of microvms and the script that starts it; from here and from the bundle it is equally far. */
export const GUEST_PARTS = join(import.meta.dirname, '../../resources/microvm')
