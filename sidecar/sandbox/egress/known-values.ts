import { Transform } from 'node:stream'
import { spellingsOf } from './spellings.ts'

/** What is shorter is no key, in characters. */
const SHORTEST_KEY = 8
/** How often something may be encoded upon itself. */
const MOST_LAYERS = 4

/** Those values that are long enough to be looked for. */
export const longEnough = (values: readonly string[]): readonly string[] => values.filter(({ length }) => length >= SHORTEST_KEY)

/** Whether one of the texts holds one of the values, however it is spelled. */
export function holdsValue(texts: readonly string[], values: readonly string[]): boolean {
  if (values.length === 0) return false
  const pattern = new RegExp(values.map(spellingsOf).join('|'))
  return texts.some((text) => pattern.test(text))
}

/** What an address may be read as: as a whole, by what it asks with, and with the parts put together that it was parted into. */
export function readingsOf(address: string): { whole: string[]; asked: string[]; joined: string[] } {
  const [place = '', ...rest] = address.split(/[?#]/)
  const asked = rest.flatMap((part) => part.split('&')).map((pair) => pair.slice(pair.indexOf('=') + 1).replaceAll('+', ' '))
  return {
    whole: decodings(address),
    asked: asked.flatMap(decodings),
    joined: [place.split('/'), asked].map((parts) => parts.map((part) => decodings(part).at(-1)!).join('')),
  }
}

/** A text, and what comes of decoding it as a URL, layer by layer. What is no valid encoding stays as it is. */
function decodings(text: string): string[] {
  const layers = [text]
  while (layers.length <= MOST_LAYERS) {
    const next = layers.at(-1)!.replace(/(?:%[0-9a-f]{2})+/gi, decodeOr)
    if (next === layers.at(-1)) break
    layers.push(next)
  }
  return layers
}

function decodeOr(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('latin1')
  }
}

/**
 * Lets a body through until one of these values comes, and then fails before its last byte has gone: what may be the
 * beginning of one is held back until more has come.
 */
export function refuseValues(values: readonly string[], refusal: () => Error): Transform {
  const sought = values.map((value) => Buffer.from(value))
  const longest = Math.max(...sought.map(({ length }) => length))
  let held: Buffer = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([held, chunk])
      if (sought.some((value) => bytes.includes(value))) return done(refusal())
      const sure = Math.max(0, bytes.length - longest + 1)
      held = bytes.subarray(sure)
      done(null, bytes.subarray(0, sure))
    },
    flush(done) {
      done(null, held)
    },
  })
}
