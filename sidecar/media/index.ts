export { Media, type MediaOptions } from './media.ts'
export type { MediaContent } from './types.ts'
