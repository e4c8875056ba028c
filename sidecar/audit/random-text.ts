import { entropyOf } from '../foundation/index.ts'

/** What of a text is looked at, in characters, and runs in it. */
const MOST_TEXT = 256 * 1024
const MOST_RUNS = 4000
/** Keys are hardly shorter, and what is longer is a file. */
const SHORTEST = 28
const LONGEST = 120
/** Kinds of the characters that keys are made of: small letters, capitals, digits and four more; 0 is none of them. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  return /[a-z]/.test(char) ? 1 : /[A-Z]/.test(char) ? 2 : /\d/.test(char) ? 3 : /[+/_-]/.test(char) ? 4 : 0
})
/** Hashes of any length, ids, numbers: they look the same as a key in hex, and are everywhere. */
const HEX = /^[\dA-Fa-f_-]+$/
/** A key in hex, where what stands before it says so. A token alone may be of a form on a page. */
const HEX_KEY = /^(?:0x)?[\dA-Fa-f]{32,}$/
const KEY_BEFORE =
  /(?:(?:(?:api|access|secret|private|encryption|signing|master)[_ -]?key|client[_ -]?secret|(?:auth|access|api|bot|bearer|refresh)[_ -]?token|passw(?:or)?d)["'`*]*\s*(?:[:=]|=>|is)|\bBearer)\s*["'`]*$/i
/** Ids of services, `msg_…`: keys of that form are known by their shape. */
const NAMED = /^[a-z]{2,12}_[A-Za-z0-9]+$/
/** What stands before a hash in lock files, subresources, fingerprints and ids of images; and public keys and data in addresses. */
const HASH_BEFORE =
  /(?:sha\d{1,3}|md5|h1|integrity|etag|digest|fingerprint|nonce|base64,?|ssh-\w+|nistp\d+|key-id)["'*]?[-:= ]*["']?$/i
const HASH_AT_START = /^(?:sha\d{3}-|AAAA[BCE])/
/** An address names pages by such ids; a key in one is known by its name or shape. */
const ADDRESS = /[a-z]:\/\/|www\./i
const NEAR = 24
const FAR = 200
/** Bits for each character. Words joined together have less, and so have hex digits. */
const LEAST_BITS = 4.05
/** How often the kind of character (small, capital, digit, other) changes: words joined by capitals or dashes change seldom. */
const LEAST_CHANGES = 0.4

/**
 * Whether a text holds what looks like a key by its disorder alone: a run of at least 28 characters with small letters,
 * capitals and digits all mixed. Hashes (hex, lock files, fingerprints), UUIDs, ids in addresses, public keys and encoded
 * files are none; a key in hex cannot be told from a hash, and is found only where it is named as a key.
 */
export function holdsRandom(text: string): boolean {
  const end = Math.min(text.length, MOST_TEXT)
  let runs = 0
  let from = 0
  for (let at = 0; at <= end; at++) {
    if (at < end && kindOf(text.charCodeAt(at)) !== 0) continue
    const length = at - from
    if (length >= SHORTEST && length <= LONGEST) {
      if (++runs > MOST_RUNS) return false
      const run = text.slice(from, at)
      if (isKeyInHex(text, run, from) || (partsOf(run).some(isRandom) && !isKnown(text, run, from))) return true
    }
    from = at + 1
  }
  return false
}

/** Of a path each name, else the whole: names of folders for a while (`/tmp/build-j0Z5r6/…`) make no key. */
function partsOf(run: string): string[] {
  const names = run.split('/').filter((name) => name !== '')
  const words = names.filter((name) => /^[a-z]{2,}$/.test(name))
  return names.length >= 3 && words.length * 2 >= names.length ? names.filter(({ length }) => length >= SHORTEST) : [run]
}

function isRandom(run: string): boolean {
  if (
    HASH_AT_START.test(run) ||
    HEX.test(run) ||
    NAMED.test(run) ||
    !/[a-z]/.test(run) ||
    !/[A-Z]/.test(run) ||
    !/\d.*\d/.test(run)
  )
    return false
  if (/[a-z]{10}|[A-Z]{10}/.test(run)) return false
  return entropyOf(run) >= LEAST_BITS && changesOf(run) >= LEAST_CHANGES && !isEncodedText(run)
}

/** Places in lists and the like are text in base64. */
const isEncodedText = (run: string): boolean => /^[\x20-\x7e\s]*$/.test(Buffer.from(run, 'base64').toString('latin1'))

const isKeyInHex = (text: string, run: string, from: number): boolean =>
  HEX_KEY.test(run) && KEY_BEFORE.test(text.slice(Math.max(0, from - NEAR), from))

function isKnown(text: string, run: string, from: number): boolean {
  if (HASH_BEFORE.test(text.slice(Math.max(0, from - NEAR), from))) return true
  // All that stands before it without a space.
  const before = text.slice(Math.max(0, from - FAR), from)
  if (ADDRESS.test(before.slice(before.search(/\S*$/)))) return true
  return isLineOfBlock(text, run, from)
}

/** One line of several that are encoded: a certificate, a picture, mail. */
function isLineOfBlock(text: string, run: string, index: number): boolean {
  const from = text.lastIndexOf('\n', index - 1) + 1
  const to = text.indexOf('\n', index + run.length)
  const line = text.slice(from, to === -1 ? text.length : to).trim()
  // Alone on its line, perhaps between quotes or after a number that a tool put there.
  if (!/^(?:\d+[:\t ]\s*)?["'>#*/ ]*$/.test(line.slice(0, line.indexOf(run)))) return false
  const neighbours = [
    text.slice(text.lastIndexOf('\n', from - 2) + 1, from),
    to === -1 ? '' : text.slice(to + 1, to + 200).split('\n')[0]!,
  ]
  return neighbours.some((other) => /[A-Za-z0-9+/_-]{40,}={0,2}\W*$|-----(?:BEGIN|END) (?!.*PRIVATE)/.test(other.trim()))
}

function changesOf(run: string): number {
  let changes = 0
  for (let at = 1; at < run.length; at++) if (kindOf(run.charCodeAt(at)) !== kindOf(run.charCodeAt(at - 1))) changes++
  return changes / (run.length - 1)
}

const kindOf = (code: number): number => (code < 128 ? KINDS[code]! : 0)
