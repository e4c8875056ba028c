import { join, relative } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { type Box, isInside } from '../sandbox/index.ts'

/** Tells why rules close a file to a call, if they do. @param place absolute, behind every link */
export type Closed = (place: string) => string | undefined

/** What the gate says of places, for those of a box: the folders that boxes share are known to rules by the names they have there. */
export function closedIn({ shared, tmp }: Box, closing: (...places: string[]) => string | undefined): Closed {
  const roots = [...(shared === undefined ? [] : [{ name: '/shared', real: shared }]), { name: '/tmp', real: tmp }]
  return (place) => {
    const root = roots.find(({ real }) => isInside(place, real))
    return root ? closing(place, join(root.name, relative(root.real, place))) : closing(place)
  }
}

/** A box whose files are closed where rules say so, whatever links lead there and whenever they were made. */
export function withClosed(box: Box, closed: Closed): Box {
  const narrower = Object.create(box) as { -readonly [K in keyof Box]: Box[K] }
  narrower.resolve = async (path, use) => {
    const real = await box.resolve(path, use)
    const why = closed(real)
    if (why === undefined) return real
    throw new OxbowError(
      'FORBIDDEN',
      'path.rule',
      `"${path.slice(0, 200)}" cannot be used: ${why}.`,
      'Only a person changes rules.',
    )
  }
  return narrower
}
