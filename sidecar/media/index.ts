export { Media, type MediaOptions } from './media.ts'
