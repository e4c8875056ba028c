/** A question is no statement. */
const QUESTION =
  /\?\s*$|^(?:what|who|whose|where|when|why|which|how|do|does|did|is|are|am|was|were|can|could|should|would|will|have|has|was|wer|wessen|wo|wann|warum|weshalb|wieso|welche[rsmn]?|wie|soll|kann|könnte|darf|magst|kannst|könntest|weißt)\s+(?!i (?:prefer|want)\b)/i

/** What might be, or might have been. */
const HYPOTHETICAL =
  /\b(?:suppose|supposing|imagine|assume|assuming|let's say|hypothetically|for example|for instance|e\.g\.|would(?! rather)|could|might|may be|maybe|perhaps|possibly|probably|i wish|i guess|pretend|what if|say i|i(?:'m| am) (?:not sure|unsure)|thinking (?:of|about)|considering|could be|angenommen|stell dir vor|stellen wir uns vor|nehmen wir an|sagen wir|zum beispiel|z\.\s?b\.|beispielsweise|würde[nst]?|könnte[nst]?|hätte[nst]?|wäre[nst]?|vielleicht|womöglich|möglicherweise|wahrscheinlich|ich überlege|bin (?:mir )?(?:nicht sicher|unsicher)|tu so)\b/iu

/** A condition; in a standing order it only says when that holds: "Always ask me if …". */
const CONDITION = /\b(?:if|unless|wenn|falls|sofern)\b/iu
const ORDER =
  /^(?:please |bitte )?(?:always|never|from now on|whenever|every time|immer|nie|niemals|ab jetzt|ab sofort|künftig)\b/iu

/** Other people's words and wishes. */
const REPORTED =
  /\b(?:he|she|they|someone|somebody|everyone|people|the (?:article|page|site|website|email|mail|author|document|book|text|customer|client|user|boss)|my (?:boss|wife|husband|mother|father|friend|colleague|manager|brother|sister|partner))\s+(?:\w+\s+)?(?:said|says|told|claims?|claimed|thinks?|thought|writes?|wrote|asked|wants?|believes?|prefers?|likes?)\b|\baccording to\b|\b(?:er|sie|man|jemand|die leute|der (?:artikel|autor|kunde|chef|text)|die (?:seite|mail|website|kundin|chefin)|mein(?:e)? (?:chef|chefin|frau|mann|mutter|vater|freund|freundin|kollege|kollegin|bruder|schwester))\s+(?:hat\s+)?(?:sagt|sagte|gesagt|meint|meinte|behauptet|glaubt|schreibt|schrieb|will|möchte|findet|mag)\b|\blaut\s+\p{L}/iu

/** What must not be kept. */
const FORBIDDEN =
  /\b(?:don'?t|do not|never|please don'?t|no need to|needn'?t)\s+(?:ever\s+)?(?:remember|save|store|memori[sz]e|note|keep)\b|(?<!don'?t |not )\bforget (?:that|what|it|about|my)\b|\boff the record\b|\b(?:merk|merke|speicher|speichere|notier|notiere|behalt|behalte)\s+(?:dir\s+)?(?:das|dir|es|dies|sie|ihn)?\s*(?:bitte\s+)?nicht\b|\bnicht\s+(?:merken|speichern|notieren|behalten)\b|\bvergiss\b(?! nicht)/iu

/** Told to do in this task, not how things are. */
const PASSING =
  /\b(?:just this once|for now|this time|today only|right now|only here|in this (?:file|task|function|test)|nur diesmal|diesmal|ausnahmsweise|nur heute|fürs erste|vorerst|nur hier|in diese[mr] (?:datei|aufgabe|funktion|test))\b/iu

/** Irony and mere stories of the past. */
const JOKING = /\b(?:just kidding|kidding|lol|haha|joking|nur spaß|war ein scherz|scherz)\b/iu

export type Doubt = 'question' | 'hypothetical' | 'reported' | 'forbidden' | 'passing' | 'joking'

/** Why a sentence says nothing that is worth keeping; undefined when it may. */
export function doubtOf(sentence: string): Doubt | undefined {
  if (FORBIDDEN.test(sentence)) return 'forbidden'
  if (QUESTION.test(sentence)) return 'question'
  if (HYPOTHETICAL.test(sentence) || (CONDITION.test(sentence) && !ORDER.test(sentence))) return 'hypothetical'
  if (REPORTED.test(sentence)) return 'reported'
  if (PASSING.test(sentence)) return 'passing'
  if (JOKING.test(sentence)) return 'joking'
  return undefined
}
