import { Transform } from 'node:stream'

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
