/** A failure to show to the person: what was wrong and what to do, without a stack. */
export class Failure extends Error {
  constructor(message, { hint, output, exitCode = 1 } = {}) {
    super(message)
    this.hint = hint
    this.output = output
    this.exitCode = exitCode
  }
}

/** Runs a script's body; shows a failure in words and ends with its exit code. */
export async function main(body) {
  try {
    const code = await body()
    if (typeof code === 'number') process.exitCode = code
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.output) process.stderr.write(`\n${error.output.trimEnd()}\n`)
    process.stderr.write(`\n✗ ${error.message}\n`)
    if (error.hint) process.stderr.write(`  ${error.hint}\n`)
    process.exitCode = error.exitCode
  }
}
