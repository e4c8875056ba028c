const STILL_RUNNING_MS = 3_000

/** Shows steps with their time. `quiet` writes to stderr, and leaves out what was skipped. */
export class Steps {
  constructor({ quiet = false } = {}) {
    this.quiet = quiet
    this.out = quiet ? process.stderr : process.stdout
    this.colour = Boolean(this.out.isTTY) && !process.env.NO_COLOR
  }

  /**
   * Runs one step and prints how long it took. A step that takes long says so once; one that prints on its own (`loud`) is
   * announced before it begins. `passed` tells from its result whether it did what it should.
   */
  async run(label, work, { loud = false, passed = () => true } = {}) {
    const began = process.hrtime.bigint()
    if (loud) this.#line('\n▸', 36, label)
    const timer = loud ? undefined : setTimeout(() => this.#line('…', 2, label), STILL_RUNNING_MS)
    try {
      const result = await work()
      if (passed(result)) this.#line('✓', 32, `${label}  ${seconds(began)}`)
      else this.#line('✗', 31, `${label}  ${seconds(began)}`)
      return result
    } catch (error) {
      this.#line('✗', 31, `${label}  ${seconds(began)}`)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Says what is not done, and why. */
  skip(label, why) {
    if (!this.quiet) this.#line('-', 2, `${label}  ${why}`)
  }

  /** Says something the person should know or do. */
  note(text) {
    this.#line('!', 33, text)
  }

  /** Shows what is happening right now, on a terminal only; the next line takes its place. */
  progress(text) {
    if (this.out.isTTY) this.out.write(`\r\x1b[K${text}`)
  }

  #line(mark, code, text) {
    this.out.write(`${this.colour ? `\x1b[${code}m${mark}\x1b[0m` : mark} ${text}\n`)
  }
}

function seconds(began) {
  return `${(Number(process.hrtime.bigint() - began) / 1e9).toFixed(1)} s`
}
