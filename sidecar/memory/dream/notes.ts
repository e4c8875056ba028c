import { type ShelfName, shelfOf } from '../shelf.ts'

/** Pieces of a person's notes stand on shelves of such an owner. Their files are the person's, so no dream touches them. */
const NOTES = /^knowledge:/

/** @param names all shelves by number */
export const isNote = (n: number, names: ReadonlyMap<number, Pick<ShelfName, 'agent'>>): boolean =>
  NOTES.test(names.get(shelfOf(n))?.agent ?? '')

export const areNotes = ({ agent }: Pick<ShelfName, 'agent'>): boolean => NOTES.test(agent)
