import { holdsKey } from '../../audit/index.ts'
import { entropyOf } from '../../foundation/index.ts'

/** Said of a secret in words, where any value is one: "My password for X is …". */
const PASSWORD =
  '(?:pass ?words?|pass ?phrases?|passwd|pwd|passw(?:ort|örter)|kennw(?:ort|örter)|cvv|cvc|puk|geheimzahl|zugangscode|seed phrase|recovery (?:code|phrase)|wiederherstellungs(?:code|phrase))'
/** Of whose or what for: "… for the mail server". */
const OF = String.raw`(?:\s+(?:for|of|to|on|at|in|für|von|vom|zu|zur|zum|bei|im)(?:\s+[^\s:=]+){1,4}?)?`
const IS = String.raw`\s*(?:is|are|was|ist|sind|war|lautet|:=|:|=|→)\s*`
const NAMED = new RegExp(
  String.raw`\b${PASSWORD}(?![\p{L}])["']?${OF}(?:\s+(?:now|jetzt|still|noch))?${IS}["'\x60„“]?(?<value>[^\s"'\x60,;]{3,})`,
  'giu',
)
/** What is said of a password without telling it. */
const NOT_TOLD =
  /^(?:in|on|at|by|not|never|no|the|an?|my|our|your|stored|kept|saved|written|required|needed|necessary|mandatory|optional|missing|wrong|expired|invalid|correct|too|managed|with|without|under|changed|reset|rotated|due|what|where|here|there|very|always|only|safe|secure|strong|weak|gespeichert|im|bei|beim|nicht|nie|kein\p{L}*|der|die|das|ein|eine[rm]?|mein\p{L}*|abgelaufen|falsch|richtig|nötig|erforderlich|geändert|hinterlegt|auf|sicher|zu|immer|nur|\[secret\]|\*+|…|\.{3})[.!?]*$/iu
const PIN = new RegExp(String.raw`\b(?:pin(?:[ -]?(?:code|nummer))?|tan)${OF}${IS}["']?\d{4,8}\b`, 'iu')
/** The authorization of a request. */
const BEARER = /\b(?:bearer\s+(?=\S*\d)[\w.~+/=-]{16,}|basic\s+[A-Za-z0-9+/]{12,}={1,2}(?!\w))/i
const USERINFO = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:(?!\*+@|\[secret\]@|\$)[^\s/@]{3,}@/i

/** Near these words, what is in disorder is a secret; else it may be a hash, an order number or a name. */
const NEAR =
  /\b(?:(?:api|access|secret|private|licen[cs]e|encryption|signing|client|auth|refresh)[ _-]?)?(?:keys?|tokens?|secrets?|credentials?|schlüssels?|zugangsdaten|geheimnis(?:se)?)(?![\p{L}])/giu
/** Characters before and after such a word. */
const REACH = 60
/** Directly called one: even what looks like a hash is one then. */
const ASSIGNED = new RegExp(
  String.raw`(?:api|access|secret|private|client|auth|refresh|encryption)[ _-]?(?:key|token|secret)["']?${OF}${IS}["'\x60]?(?=[A-Za-z-]*\d)(?=[\d_-]*[A-Za-z])[\w-]{16,}`,
  'iu',
)
/** Long runs of the characters of keys. */
const RUN = /[A-Za-z0-9+/_=.~-]{16,}/g
const BITS = 3.4
/** Hashes, ids, versions, dates: regular in themselves, or public. */
const KNOWN_SHAPES = [
  /^[0-9a-f]{7,128}$/i,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^[a-z]{2,5}_[0-9a-f-]{20,}$/,
  /^(?:sha(?:1|224|256|384|512)|md5|blake[23]\w*)[-:=]/i,
  /^\d{4}-\d{2}-\d{2}/,
  /^[\d.-]+$/,
]

const CARD = /(?<![\d-])(?:\d[ -]?){12,18}\d(?![\d-])/g
const CARD_WORDS = /\b(?:card|visa|mastercard|amex|kredit\p{L}*|debit\p{L}*|karte\p{L}*)(?![\p{L}])/iu
/** Numbers of orders, parcels and books pass the same test by chance. */
const OTHER_NUMBERS =
  /\b(?:isbn|ean|gtin|order|invoice|tracking|parcel|ticket|serial|bestell\p{L}*|rechnung\p{L}*|sendung\p{L}*|auftrag\p{L}*|serien\p{L}*)(?![\p{L}])/iu
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g

/**
 * Tells what must never be remembered, and goes for good where it was: keys by their known shape and by value, what is called a
 * password, and what is in disorder near words for keys. A hash, an id or a number alone is none.
 */
export class Secrets {
  readonly #known: () => readonly string[]

  /** @param known secrets of this computer by value */
  constructor(known: () => readonly string[]) {
    this.#known = known
  }

  in(text: string): boolean {
    if (this.#known().some((secret) => secret.length >= 8 && text.includes(secret))) return true
    if (holdsKey(text) || BEARER.test(text) || USERINFO.test(text)) return true
    return isCalled(text) || isNear(text) || isCard(text) || (text.match(IBAN) ?? []).some(isIban)
  }
}

function isCalled(text: string): boolean {
  if (PIN.test(text) || ASSIGNED.test(text)) return true
  for (const { groups } of text.matchAll(NAMED)) if (!NOT_TOLD.test(groups!.value!)) return true
  return false
}

function isNear(text: string): boolean {
  for (const { index, 0: word } of text.matchAll(NEAR)) {
    const around = text.slice(Math.max(0, index - REACH), index + word.length + REACH)
    if ((around.match(RUN) ?? []).some(isDisordered)) return true
  }
  return false
}

/** Letters and digits mixed, without the regularity of words, paths, hashes and ids. */
function isDisordered(raw: string): boolean {
  const run = raw.replace(/^[=.-]+|[.=]+$/g, '')
  if (run.length < 16 || !/\d/.test(run) || !/[A-Za-z]/.test(run)) return false
  if (KNOWN_SHAPES.some((shape) => shape.test(run))) return false
  // Names and paths: words with at most a number behind each.
  if (/[/_.~-]/.test(run) && run.split(/[/_.~-]+/).every((word) => /^(?:[A-Za-z]*\d{0,4}|\d{1,4}[A-Za-z]{0,3})$/.test(word)))
    return false
  return entropyOf(run) >= BITS
}

function isCard(text: string): boolean {
  for (const [found] of text.matchAll(CARD)) {
    const digits = found.replace(/\D/g, '')
    if (!/^(?:3[47]\d{13}|[2-6]\d{15})$/.test(digits) && !CARD_WORDS.test(text)) continue
    if (luhn(digits) && (CARD_WORDS.test(text) || !OTHER_NUMBERS.test(text))) return true
  }
  return false
}

function luhn(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** By its check digits (ISO 7064). */
function isIban(text: string): boolean {
  const plain = text.replace(/ /g, '')
  if (plain.length < 15 || plain.length > 34) return false
  const digits = `${plain.slice(4)}${plain.slice(0, 4)}`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1
}
