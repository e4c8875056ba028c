import { tellingWords, wordsOf } from '../words.ts'

/** What a sentence says of what: "My name is Anna" is `name` = `anna`. Of one key only one value holds at a time. */
export interface Frame {
  key: string
  value: string
  negated: boolean
}

const OF_ONE: readonly { key: string; form: RegExp }[] = [
  {
    key: 'name',
    form: /\b(?:my (?:full |first )?name is|i(?:'m| am) called|call me|ich hei(?:ß|ss)e|mein name ist|nenn(?:e|t)? mich)\s+(?<value>.+)/iu,
  },
  {
    key: 'home',
    form: /\b(?:i (?:now |currently |don'?t |do not |no longer )*live in|i(?:'ve| have)? (?:just |recently |now )*moved to|ich (?:wohne|lebe) (?:jetzt |derzeit |nun |nicht mehr |nicht )*in|ich bin (?:jetzt |kürzlich |gerade )?nach)\s+(?<value>.+)/iu,
  },
  {
    key: 'employer',
    form: /\b(?:i (?:now |currently |don'?t |no longer )*work (?:at|for)|ich arbeite (?:jetzt |nun |derzeit |nicht mehr )*(?:bei|für))\s+(?<value>.+)/iu,
  },
  { key: 'job', form: /\b(?:i (?:now |currently )?work as|ich arbeite (?:jetzt |nun |derzeit )?als)\s+(?<value>.+)/iu },
  { key: 'favourite', form: /\bmy favou?rite (?<of>[\p{L} -]{2,30}?) (?:is|are) (?:now )?(?<value>.+)/iu },
  { key: 'favourite', form: /\bmein\p{L}* lieblings(?<of>\p{L}+) (?:ist|sind|heißt) (?:jetzt )?(?<value>.+)/iu },
  { key: 'my', form: /\b(?:my|our) (?<of>[\p{L}' -]{2,40}?) (?:is|are) (?:now |called |named |on |due |in |at )*(?<value>.+)/iu },
  {
    key: 'my',
    form: /\b(?:mein|unser)\p{L}* (?<of>[\p{L} -]{2,40}?) (?:ist|sind|heißt|heißen|lautet) (?:jetzt |nun |am |in |bei )*(?<value>.+)/iu,
  },
]
const PREFERRED =
  /\b(?:i (?:now |really |much |strongly )*prefer|i like|ich (?:bevorzuge|mag)(?: jetzt)?)\s+(?<one>.+?)\s+(?:over|to|rather than|more than|better than|instead of|statt|gegenüber|lieber als|mehr als)\s+(?<other>.+)/iu

const NEGATION =
  /\b(?:not|never|no longer|don'?t|doesn'?t|can'?t|isn'?t|aren'?t|won'?t|hate|dislike|nicht|nie|niemals|kein\p{L}*|ungern|hasse)\b/iu
/** Says that something else held before. */
const CHANGE =
  /\b(?:now|no longer|not any ?more|anymore|instead|switched|changed|moved|from now on|since (?:today|yesterday|last)|actually|correction|used to|jetzt|nun|nicht mehr|stattdessen|umgestiegen|gewechselt|umgezogen|gezogen|ab sofort|ab jetzt|von nun an|eigentlich|korrektur|inzwischen|mittlerweile)\b/iu

/** Whether two frames are of one kind: both of favourites, both of something of the person's. */
export const ofOneKind = (a: Frame, b: Frame): boolean => a.key.split(' ')[0] === b.key.split(' ')[0]

/** The frame of a sentence, where it has a known form. */
export function frameOf(text: string): Frame | undefined {
  const preferred = PREFERRED.exec(text)?.groups
  if (preferred) {
    const [one, other] = [plain(preferred.one!), plain(preferred.other!)]
    return { key: `prefer ${[one, other].sort().join(' or ')}`, value: one, negated: isNegated(text) }
  }
  for (const { key, form } of OF_ONE) {
    const groups = form.exec(text)?.groups
    if (!groups) continue
    const of = groups.of === undefined ? '' : ` ${plain(groups.of)}`
    return { key: key + of, value: plain(firstClause(groups.value!)), negated: isNegated(text) }
  }
  return undefined
}

/** Whether a sentence says no. */
export const isNegated = (text: string): boolean => NEGATION.test(text)

/** Whether a sentence says that it replaces what was so before. */
export const saysChange = (text: string): boolean => CHANGE.test(text)

const firstClause = (text: string): string => text.split(/[.,;!?]|\s(?:and|but|und|aber|because|weil|since|seit)\s/u, 1)[0]!
const plain = (text: string): string => tellingWords(wordsOf(text)).map(stem).join(' ')

const ENDINGS = /(?:ings?|edly|ed|es|s|e|en|er|em|n)$/u

/** A word without its usual endings, roughly: "prefers" and "prefer", "Katzen" and "Katze". */
export function stem(word: string): string {
  if (word.length < 5 || /\d/.test(word)) return word
  const short = word.replace(ENDINGS, '')
  return short.length >= 3 ? short : word
}
