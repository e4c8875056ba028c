import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTokenizer } from '../../sidecar/memory/embedding/wordpiece.ts'

const file = join(import.meta.dirname, '../../resources/embedding/tokenizer.json')
const content = readFileSync(file, 'utf8')
const vocabulary: Record<string, number> = JSON.parse(content).model.vocab
const nameOf = new Map(Object.entries(vocabulary).map(([name, id]) => [id, name]))
/** What the Python package `tokenizers` 0.23.3 answers, without unknown tokens: build/embedding/tokens.py. */
const table: { text: string; tokens: string[] }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/wordpiece-table.json'), 'utf8'),
)

describe('the tokenizer', () => {
  const tokenizer = readTokenizer(content, file)

  test.each(table)('splits $text as the Python one does', ({ text, tokens }) => {
    expect(tokenizer.encode(text, 512).map((id) => nameOf.get(id))).toEqual(tokens)
  })

  test('stops at the limit of tokens', () => {
    expect(tokenizer.encode('one two three four', 3)).toEqual(tokenizer.encode('one two three', 3))
    expect(tokenizer.encode('snowboarding'.repeat(5), 2)).toHaveLength(2)
  })

  test('gives the same tokens when it has met the word before', () => {
    const once = tokenizer.encode('unforgettable snowboarding', 512)
    expect(tokenizer.encode('unforgettable snowboarding', 512)).toEqual(once)
  })

  test('says what is wrong with a file that is no BERT tokenizer', () => {
    expect(() => readTokenizer('{', 'a.json')).toThrow('a.json cannot be used: it is not JSON')
    const unigram = JSON.stringify({ ...JSON.parse(content), model: { type: 'Unigram', vocab: [] } })
    const { model, ...rest } = JSON.parse(content)
    const astray = JSON.stringify({ ...rest, model: { ...model, vocab: { the: -1 } } })
    expect(() => readTokenizer(astray, 'a.json')).toThrow('its token "the" has no id')
    expect(() => readTokenizer(unigram, 'a.json')).toThrow(/not a BERT tokenizer.*/s)
  })
})
