import { join } from 'node:path'

/** The folder with the recipe of our image; from here and from the bundle it is equally far. */
export const RECIPE = join(import.meta.dirname, '../../resources/sandbox')
