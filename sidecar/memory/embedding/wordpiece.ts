import { z } from 'zod'
import { malformed } from './safetensors.ts'

/** Splits text into the ids of a model's tokens. */
export interface Tokenizer {
  /** One more than the highest id. */
  readonly size: number
  /** The ids of at most `limit` tokens, without special ones around them; unknown words are left out. */
  encode(text: string, limit: number): number[]
}

const TokenizerFile = z.object({
  added_tokens: z.array(z.object({ id: z.int().nonnegative(), content: z.string().min(1) })).default([]),
  normalizer: z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullish(),
    lowercase: z.boolean(),
  }),
  pre_tokenizer: z.object({ type: z.literal('BertPreTokenizer') }),
  model: z.object({
    type: z.literal('WordPiece'),
    unk_token: z.string(),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int().positive(),
    /** Its entries are checked as they are taken over: they are tens of thousands, and a model must load at once. */
    vocab: z.custom<object>((value) => typeof value === 'object' && value !== null, 'it must give each token its id'),
  }),
})
type TokenizerFile = z.infer<typeof TokenizerFile>

/** Words whose pieces are remembered; when they are more, all are forgotten and it starts again. */
const REMEMBERED_WORDS = 20_000

const plainAscii = /^[\t\n\r\x20-\x7e]*$/
const asciiPieces = /[!-/:-@[-`{-~]|[0-9A-Za-z]+/g
const pieces = /[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu
/** Control and format characters, except the white space among them; and what stands for broken text. */
const unclean = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu
const ideographs =
  /[\u{4e00}-\u{9fff}\u{3400}-\u{4dbf}\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{f900}-\u{faff}\u{2f800}-\u{2fa1f}]/gu

/** The tokenizer of a `tokenizer.json` of the BERT kind (BertNormalizer, BertPreTokenizer, WordPiece). */
export function readTokenizer(content: string, file: string): Tokenizer {
  let raw: unknown
  try {
    raw = JSON.parse(content)
  } catch {
    throw malformed(file, 'it is not JSON')
  }
  const parsed = TokenizerFile.safeParse(raw)
  if (!parsed.success) throw malformed(file, `it is not a BERT tokenizer: ${z.prettifyError(parsed.error)}`)
  return createTokenizer(parsed.data, file)
}

function createTokenizer(settings: TokenizerFile, file: string): Tokenizer {
  const vocabulary = takeVocabulary(settings.model.vocab, file)
  const added = new Map(settings.added_tokens.map((token) => [token.content, token.id]))
  const unknown = vocabulary.get(settings.model.unk_token)
  const remembered = new Map<string, readonly number[]>()
  let size = 0
  for (const ids of [vocabulary.values(), added.values()]) for (const id of ids) size = Math.max(size, id + 1)

  const piecesOf = (word: string): readonly number[] => {
    const known = remembered.get(word)
    if (known) return known
    const found = splitWord(word, vocabulary, settings.model)
    if (remembered.size >= REMEMBERED_WORDS) remembered.clear()
    remembered.set(word, found)
    return found
  }
  const encodePlain = (text: string, ids: number[], limit: number): void => {
    const ascii = plainAscii.test(text)
    const clean = ascii ? (settings.normalizer.lowercase ? text.toLowerCase() : text) : normaliseText(text, settings.normalizer)
    for (const [word] of clean.matchAll(ascii ? asciiPieces : pieces)) {
      ids.push(...piecesOf(word))
      if (ids.length >= limit) return
    }
  }

  return {
    size,
    encode(text, limit) {
      const ids: number[] = []
      for (const part of splitAt(text, added)) {
        const id = added.get(part)
        if (id === undefined) encodePlain(part, ids, limit)
        else if (id !== unknown) ids.push(id)
        if (ids.length >= limit) break
      }
      return ids.slice(0, limit)
    },
  }
}

function takeVocabulary(entries: object, file: string): Map<string, number> {
  const vocabulary = new Map<string, number>()
  for (const token in entries) {
    const id: unknown = entries[token as keyof typeof entries]
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) throw malformed(file, `its token "${token}" has no id`)
    vocabulary.set(token, id)
  }
  return vocabulary
}

/** Greedy longest match from the left; a word with a part that no piece covers has no tokens at all. */
function splitWord(word: string, vocabulary: ReadonlyMap<string, number>, model: TokenizerFile['model']): readonly number[] {
  const characters = [...word]
  if (characters.length > model.max_input_chars_per_word) return []
  const ids: number[] = []
  let start = 0
  while (start < characters.length) {
    const prefix = start === 0 ? '' : model.continuing_subword_prefix
    let end = characters.length
    let id: number | undefined
    for (; end > start; end--) {
      id = vocabulary.get(prefix + characters.slice(start, end).join(''))
      if (id !== undefined) break
    }
    if (id === undefined) return []
    ids.push(id)
    start = end
  }
  return ids
}

function normaliseText(text: string, settings: TokenizerFile['normalizer']): string {
  let result = text
  if (settings.clean_text) result = result.replace(unclean, '').replace(/\s/gu, ' ')
  if (settings.handle_chinese_chars) result = result.replace(ideographs, ' $& ')
  if (settings.strip_accents ?? settings.lowercase) result = result.normalize('NFD').replace(/\p{Mn}/gu, '')
  // Letter by letter, as the tokenizer was trained: a sigma at the end of a word is not written as a final one.
  return settings.lowercase ? result.replaceAll('Σ', 'σ').toLowerCase() : result
}

/** The text cut before and after each of the tokens that stand for themselves, such as "[CLS]". */
function splitAt(text: string, added: ReadonlyMap<string, number>): string[] {
  const present = [...added.keys()].filter((token) => text.includes(token))
  if (present.length === 0) return [text]
  const pattern = present.sort((a, b) => b.length - a.length).map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return text.split(new RegExp(`(${pattern.join('|')})`, 'u')).filter((part) => part !== '')
}
