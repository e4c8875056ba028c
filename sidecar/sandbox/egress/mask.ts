import { Transform } from 'node:stream'
import { type Revealed, secretReference } from '../../policy/egress/index.ts'
import { longestSpelling, spellingsOf } from './spellings.ts'

/** Puts references in the place of values, however they are spelled, so that a server that echoes a secret does not tell it. */
export function maskText(text: string, revealed: Revealed): string {
  if (revealed.size === 0) return text
  const { pattern, references } = sought(revealed)
  return text.replace(pattern, (...found) => references[found.indexOf(found[0], 1) - 1]!)
}

/** The same for a body; where it was cut, a value may have been cut as well, and its end is left out. */
export function maskBody(body: Buffer, cut: boolean, revealed: Revealed): Buffer {
  if (revealed.size === 0) return body
  const clean = Buffer.from(maskText(body.toString('latin1'), revealed), 'latin1')
  return cut ? clean.subarray(0, -sought(revealed).longest) : clean
}

/** The same for a body as it flows; what may be the beginning of a value is held back until more has come. */
export function maskStream(revealed: Revealed): Transform {
  const { pattern, references, longest } = sought(revealed)
  let held = ''
  /** @param sure how far a match must begin to be whole: what begins later may go on */
  const clean = (text: string, sure: number): string => {
    let out = ''
    let at = 0
    pattern.lastIndex = 0
    for (let found = pattern.exec(text); found && found.index < sure; found = pattern.exec(text)) {
      out += text.slice(at, found.index) + references[found.indexOf(found[0], 1) - 1]!
      at = pattern.lastIndex
    }
    const end = Math.max(at, sure)
    held = text.slice(end)
    return out + text.slice(at, end)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = held + chunk.toString('latin1')
      done(null, Buffer.from(clean(text, Math.max(0, text.length - longest + 1)), 'latin1'))
    },
    flush(done) {
      done(null, Buffer.from(clean(held, held.length), 'latin1'))
    },
  })
}

/** The longest value first: another may begin like it. */
function sought(revealed: Revealed): { pattern: RegExp; references: string[]; longest: number } {
  const values = [...revealed].sort(([a], [b]) => b.length - a.length)
  return {
    pattern: new RegExp(values.map(([value]) => `(${spellingsOf(value)})`).join('|'), 'g'),
    references: values.map(([, name]) => secretReference(name)),
    longest: Math.max(...values.map(([value]) => longestSpelling(value))),
  }
}
