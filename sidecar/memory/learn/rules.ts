import { setImmediate as breathe } from 'node:timers/promises'
import type { MemoryType } from '../../contract/index.ts'
import type { Candidate } from './candidate.ts'
import { doubtOf } from './doubt.ts'
import { ownSentences } from './sentences.ts'

/** A way in which people say things that last. */
interface Rule {
  type: MemoryType
  importance: number
  /** With `text`, only that group is kept. */
  form: RegExp
}

/** "Remember that …": kept whatever it says. What follows may say its type better. */
const ASKED =
  /^(?:(?:please|bitte|ok|okay|and|also|und)[, ]+)?(?:(?:please\s+)?(?:remember|note|keep in mind|don'?t forget|make a note|for the record|fyi|save(?: this)?(?: to memory)?)(?:\s+(?:that|this|for later))?|(?:bitte\s+)?(?:merk(?:e)? dir|denk dran|denk daran|vergiss nicht|notier(?:e)?(?: dir)?|behalte?(?: im kopf)?|zur info)(?:\s+bitte)?(?:,?\s+dass)?)\s*[,:]?\s+(?<text>.{3,})$/iu

const RULES: readonly Rule[] = [
  {
    type: 'profile',
    importance: 0.9,
    form: /\b(?:my (?:full |first |last )?name is|i(?:'m| am) called|(?:please )?call me|ich hei(?:ß|ss)e|mein name ist|nenn(?:e|t)? mich)\s+\p{L}/iu,
  },
  {
    type: 'profile',
    importance: 0.8,
    form: /\b(?:i (?:now |currently )?live in|i(?:'ve| have)? (?:just |recently )?moved (?:to|from)|i(?:'m| am) (?:originally )?from|i work (?:at|for|as|in)|i(?:'m| am) (?:an? )?(?:\w+ )?(?:developer|engineer|teacher|doctor|nurse|student|designer|lawyer|writer|scientist|researcher|manager|accountant|architect|vegetarian|vegan|left-handed|retired|diabetic|colou?r-?blind)|i was born|my (?:birthday|date of birth|address|phone number|email|e-mail|job|employer|time ?zone|native language|mother tongue|pronouns|hometown)\s+(?:is|are))\b/iu,
  },
  {
    type: 'profile',
    importance: 0.8,
    form: /\b(?:ich (?:wohne|lebe)(?: jetzt| derzeit)?(?: in| bei| auf)?|ich bin (?:kürzlich |gerade )?(?:nach|von) .{2,40} (?:gezogen|umgezogen)|ich (?:komme|stamme) aus|ich arbeite (?:bei|für|als|in)|ich bin (?:ein |eine )?(?:\p{L}+ )?(?:entwickler|ingenieur|lehrer|arzt|ärztin|student|designer|anwalt|anwältin|autor|wissenschaftler|vegetarier|veganer|linkshänder|rentner|diabetiker)(?:in)?|ich wurde .{2,40} geboren|mein(?:e)? (?:geburtstag|adresse|telefonnummer|e-?mail(?:-adresse)?|beruf|arbeitgeber|zeitzone|muttersprache|heimatstadt) (?:ist|lautet))(?![\p{L}])/iu,
  },
  {
    type: 'profile',
    importance: 0.85,
    form: /\b(?:i(?:'m| am) allergic to|i have an? (?:\w+ )?allergy|ich bin allergisch gegen|ich habe eine (?:\p{L}+-?)?allergie|ich bin gegen .{2,40} allergisch|ich vertrage kein)/iu,
  },
  {
    type: 'decision',
    importance: 0.75,
    form: /\b(?:we(?:'ve| have)?|i(?:'ve| have)?) (?:finally |now |just )?(?:decided|agreed|settled on|chose|chosen|picked|will go with|are going with|switched to|are switching to)\b|\b(?:the|our|my) decision (?:is|was)\b|\b(?:wir|ich) (?:haben|habe) (?:uns |mich )?.{0,80}?(?:entschieden|beschlossen|geeinigt|festgelegt|verständigt)\b|\b(?:wir|ich) (?:nehmen|setzen auf|steigen auf .{2,30} um|wechseln zu|bleiben bei|bleibe bei)(?![\p{L}])|\bes bleibt bei\b/iu,
  },
  {
    type: 'preference',
    importance: 0.7,
    form: /\b(?:i (?:really |much |strongly |generally |usually |now |still )*(?:prefer|like|love|hate|dislike|enjoy|can'?t stand|don'?t like|do not like)|i(?:'d| would) rather (?:you )?(?:have|use|get|be|not)|my favou?rite\b.{1,40}? (?:is|are))\b/iu,
  },
  {
    type: 'preference',
    importance: 0.7,
    form: /\b(?:ich (?:bevorzuge|mag|liebe|hasse|verabscheue|ziehe .{2,40} vor|trinke am liebsten|esse am liebsten)|ich \p{L}+ (?:am liebsten|lieber|nicht gern|nicht gerne|gern|gerne|ungern)|mir (?:ist|sind) .{2,40} lieber|mein\p{L}* lieblings\p{L}+ (?:ist|sind|heißt))(?![\p{L}])/iu,
  },
  {
    type: 'preference',
    importance: 0.75,
    form: /^(?:(?:please|bitte|and|und|from now on,?|ab jetzt|ab sofort|in (?:the )?future,?|in zukunft|künftig)[, ]+)*(?:always|never|from now on|in future|in the future|whenever you|every time you|immer|nie|niemals|künftig|in zukunft|ab jetzt|ab sofort)(?![\p{L}]).{6,}/iu,
  },
  {
    type: 'preference',
    importance: 0.75,
    form: /\b(?:you (?:should|must) (?:always|never)|i (?:always|never) (?:want|use|wear|drink|eat|write|work|take|buy)|please (?:always|never)|(?:du sollst|antworte|schreib(?:e)?|verwende|benutze|nutze|nimm) (?:mir )?(?:bitte )?(?:immer|nie|niemals|stets)|ich (?:\p{L}+ )(?:immer|nie|niemals))(?![\p{L}])/iu,
  },
  {
    type: 'fact',
    importance: 0.7,
    form: /\b(?:my|our) (?:[\p{L}-]+ ){1,4}(?:is|are|has|have) (?:called|named|due|on|in|at|allergic|located|stored|kept)\b|\b(?:my|our) (?:wife|husband|partner|son|daughter|mother|father|brother|sister|dog|cat|boss|manager|colleague|team|company|car|bike|doctor|dentist|landlord|server|database|project|deadline|anniversary|wedding)(?:'s (?:name|birthday))? (?:is|are|has|have|works|lives|was born)\b/iu,
  },
  {
    type: 'fact',
    importance: 0.7,
    form: /\b(?:mein|unser)\p{L}* (?:frau|mann|partner(?:in)?|sohn|tochter|mutter|vater|bruder|schwester|hund|katze|kater|chef(?:in)?|kolleg(?:e|in)|team|firma|auto|fahrrad|arzt|ärztin|zahnarzt|vermieter(?:in)?|server|datenbank|projekt|abgabe|hochzeitstag|kinder)(?: \p{L}+)? ?(?:heißt|heißen|ist|sind|hat|haben|wohnt|arbeitet|wurde|läuft)(?![\p{L}])/iu,
  },
  {
    type: 'fact',
    importance: 0.65,
    form: /\b(?:i|we) (?:have|own|bought|got|adopted) (?:an? |two |three |four |\d+ )(?:new |old |little )?(?:dogs?|cats?|child(?:ren)?|kids?|sons?|daughters?|cars?|houses?|flat|apartment|bikes?|horses?)\b|\b(?:ich habe|wir haben) (?:einen? |ein |zwei |drei |vier |\d+ )(?:neue[nrs]? |alte[nrs]? |kleine[nrs]? )?(?:hunde?|katzen?|kater|kind(?:er)?|söhne?|sohn|töchter|tochter|autos?|haus|wohnung|fahrrad|pferde?)(?![\p{L}])/iu,
  },
  {
    type: 'fact',
    importance: 0.65,
    // A date, and something of ours that falls on it.
    form: /\b(?:deadline|release|launch|meeting|appointment|wedding|exam|flight|trip|holiday|vacation|move|birthday|anniversary|interview|conference|abgabe|termin|frist|hochzeit|prüfung|flug|reise|urlaub|umzug|geburtstag|jahrestag|besprechung|veröffentlichung|konferenz)\b.{0,60}\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}\.\s?(?:\d{1,2}\.|\p{L}{3,9})|\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\s+\d{1,2})/iu,
  },
]

/** Where a sentence is worth a closer look, by a model: somebody speaks of themselves, of what was decided or of how things are to be done. */
const TELLING =
  /\b(?:i|i'm|i've|my|we|our|us|me|remember|always|never|decided|prefer|ich|mein\p{L}*|mir|mich|wir|uns|unser\p{L}*|merk\p{L}*|immer|nie|niemals|entschieden|beschlossen)(?![\p{L}])/iu

/** Sentences looked at before others get their turn. */
const SLICE = 40
const MOST_CANDIDATES = 20

/** Whether the person's words may hold something that lasts, so that asking a model is worth its price. */
export const mayTell = (text: string): boolean =>
  ownSentences(text).some(
    (sentence) => sentence.split(' ').length >= 4 && TELLING.test(sentence) && doubtOf(sentence) === undefined,
  )

/** What the person said that lasts, by the forms in which people say it, in English and German. Quotations and code are no words of theirs. */
export async function extractByRules(text: string): Promise<Candidate[]> {
  const found = new Map<string, Candidate>()
  for (const [at, sentence] of ownSentences(text).entries()) {
    const candidate = candidateOf(sentence)
    if (candidate) found.set(candidate.text.toLowerCase(), candidate)
    if (found.size === MOST_CANDIDATES) break
    if (at % SLICE === SLICE - 1) await breathe()
  }
  return [...found.values()]
}

/** One sentence of the person. */
export function candidateOf(sentence: string): Candidate | undefined {
  const asked = ASKED.exec(sentence)?.groups?.text
  const said = asked ?? sentence
  const doubt = doubtOf(sentence) === 'forbidden' ? 'forbidden' : doubtOf(said)
  // What a person asks to be kept is kept also where it is of another, or not sure.
  const kept = asked !== undefined && doubt !== 'forbidden' && doubt !== 'joking' && !said.endsWith('?')
  if (doubt !== undefined && !kept) return undefined
  // What was cut out was somebody else's, or code: the rest says too little.
  if (said.includes('…')) return undefined
  const rule = RULES.find(({ form }) => form.test(said))
  if (!rule && asked === undefined) return undefined
  return {
    text: capitalised(said.trim()),
    type: rule?.type ?? 'fact',
    tags: [],
    importance: Math.max(rule?.importance ?? 0.6, asked === undefined ? 0 : 0.7),
    taint: [],
  }
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
