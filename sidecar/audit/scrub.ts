const HIDDEN = '[secret]'
/** What lies deeper in a value is left out. */
const DEEPEST = 64
const TOO_DEEP = `[deeper than ${DEEPEST}]`

/** Members and assignments with such a name hold a secret, whatever it looks like. */
const NAMES = String.raw`(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret(?:[_-]?\w+)?|client[_-]?secret|private[_-]?key|pass(?:word|wd|phrase)|(?:\w+[_-])?token|authorization|(?:set-)?cookie|credentials?|ticket)`
const SECRET_NAME = new RegExp(`^(?:\\w+[_-])?${NAMES}$`, 'i')
const CAMEL_NAME = /(?:apiKey|accessKey|secretKey|clientSecret|privateKey|[pP]assword|[pP]assphrase|[a-z]Token|[a-z]Secret)$/

/** Keys that are known by their shape, wherever they stand. */
const SHAPES = [
  '-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)',
  'eyJ[\\w-]{10,}\\.[\\w-]{10,}\\.[\\w-]*',
  '\\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[A-Za-z0-9_-]{16,}',
  '\\bgh[opusr]_[A-Za-z0-9]{20,}',
  '\\bgithub_pat_\\w{20,}',
  '\\bglpat-[\\w-]{16,}',
  '\\bxox[abeoprs]-[\\w-]{10,}',
  '\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b',
  '\\bAIza[\\w-]{30,}',
  '\\bya29\\.[\\w-]{20,}',
  '\\b(?:hf|npm|dop_v1|shpat|gsk|xai)[_-][A-Za-z0-9]{20,}',
  '\\b\\d{8,10}:[\\w-]{35}\\b',
]
const SHAPE = new RegExp(SHAPES.join('|'), 'g')
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi
const USERINFO = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi
const ASSIGNED = new RegExp(`((?:\\b|_)${NAMES}["']?\\s*[:=]\\s*["']?)(?!\\[secret\\]|Bearer |Basic )[^\\s"',;&]{4,}`, 'gi')
/** Without one of these no pattern above can match: most text is let through after one look. */
const HINT =
  /key|secret|pass(?:w|phrase)|token|authorization|cookie|credential|ticket|bearer|basic|:\/\/|eyJ|(?:sk|pk|rk)[-_]|gh[opusr]_|github_|glpat|xox|AKIA|ASIA|AIza|ya29|(?:hf|npm|v1|shpat|gsk|xai)[_-]|\d{8}:/i

/** Takes secrets out of what is recorded: by the names of members, by the shapes of keys, and those known by value. */
export class Scrubber {
  readonly #known: readonly string[]

  /** @param known secrets of this computer by value; they change, so a scrubber is made for what is at hand and no longer kept */
  constructor(known: readonly string[] = []) {
    this.#known = known.filter((secret) => secret.length >= 8)
  }

  text(text: string): string {
    let clean = text
    for (const secret of this.#known) clean = clean.replaceAll(secret, HIDDEN)
    if (!HINT.test(clean)) return clean
    return clean
      .replace(SHAPE, HIDDEN)
      .replace(BEARER, `$1 ${HIDDEN}`)
      .replace(USERINFO, `$1:${HIDDEN}@`)
      .replace(ASSIGNED, `$1${HIDDEN}`)
  }

  /**
   * A value as JSON with every text in it scrubbed, and members of a secret's name hidden. What JSON cannot hold is told in
   * words: who is recorded chooses what is given here, and must not be able to stop the record with it.
   */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (value === null || value === undefined || typeof value === 'boolean') return value
    if (typeof value !== 'object') return `[${typeof value}]`
    if (depth === DEEPEST) return TOO_DEEP
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1))
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        this.text(key),
        isSecretName(key) && holds(member) ? HIDDEN : this.value(member, depth + 1),
      ]),
    )
  }
}

/** Whether a text holds a key that is known by its shape. */
export const holdsKey = (text: string): boolean => HINT.test(text) && text.search(SHAPE) >= 0

/** Whether a member or a setting of this name holds a secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) || CAMEL_NAME.test(name)

/** Numbers and truth values are no secrets: `maxToken: 5`. */
const holds = (value: unknown): boolean => typeof value === 'string' || (typeof value === 'object' && value !== null)
