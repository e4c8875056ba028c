import type { Episode, EpisodeKind, Message, SearchEpisodes, TaintLabel } from '../../contract/index.ts'
import type { Db } from '../../foundation/index.ts'
import { pairsOf } from '../pairs.ts'
import { timeIn } from '../search/time-expression.ts'
import { tellingWords, wordsOf } from '../words.ts'

const MOST_WORDS = 32
/** Places ranked before time and age are looked at. */
const POOL = 300
/** Places looked through, from the newest back, for words of languages without spaces. */
const MOST_SCANNED = 3000
/** What the newest gains over the oldest, as a share of the best score. */
const RECENCY = 0.1
/** What falls into the time that the query names gains. */
const IN_TIME = 0.5
const EXCERPT = 320
const PHRASES = /["“„«]([^"“”„«»]+)["”“»]/gu
const DAY_MS = 86_400_000

interface Place {
  n: number
  session_id: Episode['sessionId']
  title: string
  position: number
  part: number
  kind: EpisodeKind
  at: string
  score: number
}

/** Finds what was said, by its words. Reads only. */
export class EpisodeSearch {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db) {
    this.#sql = statements(db)
  }

  /** Best first. @param now ISO 8601: what "yesterday" is told from */
  find({ query, session, space, kinds, limit }: SearchEpisodes, now: string): Episode[] {
    const words = tellingWords(wordsOf(query)).slice(0, MOST_WORDS)
    const filter = { session: session ?? null, space: space ?? null, kinds: kinds ? JSON.stringify(kinds) : null }
    const pairs = pairsOf(query)
    const places = pairs === '' ? this.#byWords(query, words, filter) : this.#byPairs(pairs.split(' '), filter)
    const best = Math.max(...places.map(({ score }) => score), 0)
    const span = timeIn(query, now)
    for (const place of places) {
      const days = Math.max(0, Date.parse(now) - Date.parse(place.at)) / DAY_MS
      place.score += best * RECENCY * 2 ** (-days / 90)
      if (span && place.at >= span.from && place.at < span.to) place.score += best * IN_TIME
    }
    return places
      .sort((a, b) => b.score - a.score || b.n - a.n)
      .slice(0, limit)
      .flatMap((place) => this.#episode(place, words))
  }

  #byWords(query: string, words: readonly string[], filter: object): Place[] {
    if (words.length === 0) return []
    const phrases = [...query.matchAll(PHRASES)].map(([, phrase]) => wordsOf(phrase!)).filter((phrase) => phrase.length > 0)
    const any = words.map((word) => `"${word}"`).join(' OR ')
    const match = [...phrases.map((phrase) => `"${phrase.join(' ')}"`), `(${any})`].join(' AND ')
    return this.#sql.words.all({ ...filter, match, most: POOL })
  }

  #byPairs(pairs: readonly string[], filter: object): Place[] {
    const places: Place[] = []
    for (const place of this.#sql.newest.all({ ...filter, most: MOST_SCANNED })) {
      const text = this.#sql.text.get(place.n)?.text.normalize('NFKC') ?? ''
      const score = pairs.filter((pair) => text.includes(pair)).length
      if (score > 0 && places.push({ ...place, score }) === POOL) break
    }
    return places
  }

  #episode({ n, session_id, title, position, part, kind, at, score }: Place, words: readonly string[]): Episode[] {
    const row = this.#sql.message.get(session_id, position)
    const text = this.#sql.text.get(n)?.text
    if (!row || text === undefined) return []
    const { id, parts } = JSON.parse(row.message) as Message
    const one = parts[part]
    if (!one) return []
    const labels = new Set((JSON.parse(row.taints ?? '[]') as { label: TaintLabel }[]).map(({ label }) => label))
    // What came from outside stays that, whatever a person said of the conversation around it.
    if (one.type === 'tool' && one.tier === 'net') labels.add('untrusted')
    return [
      {
        sessionId: session_id,
        title,
        messageId: id,
        partId: one.id,
        kind,
        at,
        excerpt: excerptOf(text, words),
        score: Math.round(score * 1000) / 1000,
        taint: [...labels],
      },
    ]
  }
}

/** The text around the first place where most of the words are. */
function excerptOf(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase()
  const found = words.map((word) => lower.indexOf(word.slice(0, 6))).filter((at) => at >= 0)
  const from = Math.max(0, (found.length === 0 ? 0 : Math.min(...found)) - 60)
  const cut = text
    .slice(from, from + EXCERPT)
    .toWellFormed()
    .replace(/\s+/g, ' ')
    .trim()
  return `${from > 0 ? '…' : ''}${cut}${from + EXCERPT < text.length ? '…' : ''}`
}

function statements(db: Db) {
  const columns = 'e.n, e.session_id, s.title, e.position, e.part, e.kind, e.at'
  const filter = `(@session IS NULL OR e.session_id = @session) AND (@space IS NULL OR s.space = @space)
    AND (@kinds IS NULL OR e.kind IN (SELECT value FROM json_each(@kinds)))`
  return {
    words: db.prepare<[object], Place>(
      `SELECT ${columns}, -f.rank AS score FROM episode_words f JOIN episodes e ON e.n = f.rowid JOIN sessions s ON s.id = e.session_id
       WHERE f.episode_words MATCH @match AND ${filter} ORDER BY f.rank LIMIT @most`,
    ),
    newest: db.prepare<[object], Omit<Place, 'score'>>(
      `SELECT ${columns} FROM episodes e JOIN sessions s ON s.id = e.session_id WHERE ${filter} ORDER BY e.n DESC LIMIT @most`,
    ),
    text: db.prepare<[number], { text: string }>('SELECT text FROM episode_texts WHERE n = ?'),
    message: db.prepare<[string, number], { message: string; taints: string | null }>(
      `SELECT m.message, CASE WHEN s.snapshot = '' THEN NULL ELSE s.snapshot -> '$.taints' END AS taints FROM messages m JOIN sessions s ON s.id = m.session_id
       WHERE m.session_id = ? AND m.position = ?`,
    ),
  }
}
