import { Transform } from 'node:stream'
import { type Revealed, secretReference } from '../../policy/egress/index.ts'

/** Puts references in the place of values, so that a server that echoes a secret does not tell it. */
export function maskText(text: string, revealed: Revealed): string {
  let clean = text
  for (const [name, value] of revealed) clean = clean.replaceAll(value, secretReference(name))
  return clean
}

/** The same for a body as it flows; what may be the beginning of a value is held back until more has come. */
export function maskStream(revealed: Revealed): Transform {
  const secrets = [...revealed].map(([name, value]) => ({
    value: Buffer.from(value),
    reference: Buffer.from(secretReference(name)),
  }))
  const longest = Math.max(...secrets.map(({ value }) => value.length))
  let held: Buffer = Buffer.alloc(0)
  const clean = (bytes: Buffer): Buffer => {
    let rest = bytes
    const pieces: Buffer[] = []
    for (;;) {
      const found = secrets
        .map((secret) => ({ ...secret, at: rest.indexOf(secret.value) }))
        .filter(({ at }) => at !== -1)
        .reduce<{ at: number; value: Buffer; reference: Buffer } | undefined>(
          (first, one) => (first && first.at <= one.at ? first : one),
          undefined,
        )
      if (!found) break
      pieces.push(rest.subarray(0, found.at), found.reference)
      rest = rest.subarray(found.at + found.value.length)
    }
    held = rest
    return Buffer.concat(pieces)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const sure = clean(Buffer.concat([held, chunk]))
      const keep = Math.min(held.length, longest - 1)
      const out = Buffer.concat([sure, held.subarray(0, held.length - keep)])
      held = held.subarray(held.length - keep)
      done(null, out)
    },
    flush(done) {
      done(null, held)
    },
  })
}
