import { Scrubber } from '../../audit/index.ts'

/** Long runs of the characters of keys. */
const RUN = /[A-Za-z0-9+/_=-]{20,}/g
const BITS = 3.6
/** "My password is …", in words: no shape tells, only what is said of it. */
const NAMED =
  /\b(?:password|passwort|kennwort|passphrase|pass phrase|pin(?: code)?|puk|secret key|api key|access token|cvv|cvc|seed phrase|recovery (?:code|phrase)|private key|geheimzahl|geheimnis|tan)\b\s*(?:(?:for|of|to|für|von|vom|zu|zur|zum)(?:\s+\S+){1,4}?\s+)?(?:is|are|ist|lautet|sind|was|:|=)/iu
/** Digits of a bank or credit card. */
const CARD = /\b(?:\d[ -]?){13,19}\b/
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b/

/** Tells what must never be remembered: keys by shape, by value and by their disorder, and what is called a password. */
export class Secrets {
  readonly #scrubber: Scrubber

  /** @param known secrets of this computer by value */
  constructor(known: () => readonly string[]) {
    this.#scrubber = new Scrubber(known)
  }

  in(text: string): boolean {
    if (this.#scrubber.text(text) !== text) return true
    if (NAMED.test(text) || IBAN.test(text)) return true
    const card = CARD.exec(text)?.[0]
    if (card !== undefined && luhn(card.replace(/\D/g, ''))) return true
    return (text.match(RUN) ?? []).some(disordered)
  }
}

/** Letters and digits mixed, without the regularity of words, paths and ids of ours. */
function disordered(run: string): boolean {
  if (!/\d/.test(run) || !/[A-Za-z]/.test(run)) return false
  if (/^[a-z]{3}_[0-9a-f-]{36}$/.test(run) || /^\d{4}-\d{2}-\d{2}/.test(run)) return false
  if ((run.match(/[/_-]/g)?.length ?? 0) >= 3 && run.split(/[/_-]/).every((word) => /^[A-Za-z]*\d{0,4}$/.test(word))) return false
  return entropy(run) >= (/^[0-9a-f]+$/i.test(run) ? 3 : BITS)
}

/** Bits a character, by Shannon. */
function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

function luhn(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return digits.length >= 13 && sum % 10 === 0
}
