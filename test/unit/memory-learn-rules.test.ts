import { describe, expect, it } from 'vitest'
import type { MemoryType } from '../../sidecar/contract/index.ts'
import { extractByRules } from '../../sidecar/memory/index.ts'
import { Secrets } from '../../sidecar/memory/learn/secret.ts'

/** What a person says, and what of it lasts: its type and some words of it; null where nothing does. */
const TABLE: readonly [said: string, type: MemoryType | null, text?: string][] = [
  // Asked for.
  ['Remember that the garage code changes every spring.', 'fact', 'The garage code changes every spring.'],
  ['Please remember: our office closes at 6 pm on Fridays.', 'fact', 'Our office closes at 6 pm on Fridays.'],
  ["Don't forget that Tom is allergic to nuts.", 'fact', 'Tom is allergic to nuts.'],
  ['Keep in mind I prefer short answers.', 'preference', 'I prefer short answers.'],
  ['Merk dir, dass die Mülltonne dienstags geleert wird.', 'fact', 'Die Mülltonne dienstags geleert wird.'],
  ['Bitte merke dir: unser WLAN heißt Sonnenblume.', 'fact', 'Unser WLAN heißt Sonnenblume.'],
  ['Vergiss nicht, dass Oma am 3. Mai Geburtstag hat.', 'fact', 'Oma am 3. Mai Geburtstag hat.'],
  ['Remember what he said: the report is late.', 'fact'],
  // Who the person is.
  ['My name is Anna Berg.', 'profile', 'My name is Anna Berg.'],
  ['Call me Jo.', 'profile'],
  ['I live in Hamburg.', 'profile'],
  ["I've moved to Lisbon.", 'profile'],
  ['I work at a hospital in Leeds.', 'profile'],
  ["I'm a nurse.", 'profile'],
  ['My birthday is 4 March 1988.', 'profile'],
  ['I am allergic to penicillin.', 'profile'],
  ['Ich heiße Jürgen.', 'profile', 'Ich heiße Jürgen.'],
  ['Mein Name ist Petra Klein.', 'profile'],
  ['Ich wohne jetzt in Graz.', 'profile'],
  ['Ich arbeite als Tischlerin.', 'profile'],
  ['Ich bin allergisch gegen Haselnüsse.', 'profile'],
  ['Mein Geburtstag ist der 9. Juni.', 'profile'],
  // What they like.
  ['I prefer tabs over spaces.', 'preference'],
  ["I'd rather have the summary first.", 'preference'],
  ['I really love mountain biking.', 'preference'],
  ["I can't stand coriander.", 'preference'],
  ['My favourite colour is green.', 'preference'],
  ['Always answer me in German.', 'preference'],
  ['Never use emojis in commit messages.', 'preference'],
  ['From now on, use metric units.', 'preference'],
  ['Please always ask me if you are unsure.', 'preference'],
  ['Ich bevorzuge kurze Antworten.', 'preference'],
  ['Ich trinke am liebsten grünen Tee.', 'preference'],
  ['Ich mag keine Pilze.', 'preference'],
  ['Meine Lieblingsfarbe ist Blau.', 'preference'],
  ['Antworte immer auf Deutsch.', 'preference'],
  ['Ab sofort bitte keine Tabellen mehr verwenden.', 'preference'],
  // What was decided.
  ['We decided to use Postgres for the ledger.', 'decision'],
  ["We've agreed on two reviewers for each change.", 'decision'],
  ['I switched to a standing desk.', 'decision'],
  ['Our decision is to ship in June.', 'decision'],
  ['Wir haben uns für Hetzner entschieden.', 'decision'],
  ['Wir haben beschlossen, freitags nicht auszuliefern.', 'decision'],
  ['Wir bleiben bei React.', 'decision'],
  // Facts and dates.
  ['My wife is called Mia.', 'fact'],
  ['Our database runs on port 5433 and our server is in Frankfurt.', 'fact'],
  ['I have two cats.', 'fact'],
  ['The deadline for the grant is 14 October.', 'fact'],
  ['Our flight leaves on 2027-01-12.', 'fact'],
  ['Mein Hund heißt Bello.', 'fact'],
  ['Unser Umzug ist am 12.08.', 'fact'],
  ['Ich habe drei Kinder.', 'fact'],
  // Nothing that lasts.
  ['Can you remember that?', null],
  ['Do you know where I live?', null],
  ['What is my name?', null],
  ['Wo wohne ich?', null],
  ['Fix the failing test in src/app.ts.', null],
  ['Thanks, that works!', null],
  ['Danke, das passt so.', null],
  ["Don't remember this: my wife is called Mia.", null],
  ["Please don't save that I live in Hamburg.", null],
  ['Merk dir das bitte nicht: ich wohne in Graz.', null],
  ['Off the record, we decided to sell the company.', null],
  // Supposed.
  ['If I lived in Paris, I would work at the Louvre.', null],
  ['Suppose my name is Bob.', null],
  ['Imagine I work at NASA.', null],
  ['I might prefer the second one.', null],
  ['Maybe I prefer tea.', null],
  ['For example, my name is John Doe.', null],
  ['Wenn ich in Rom wohne, brauche ich kein Auto.', null],
  ['Angenommen, ich heiße Max.', null],
  ['Vielleicht bevorzuge ich Tee.', null],
  // Said by others, quoted, code, for once.
  ['He said I prefer long answers.', null],
  ['My boss says we decided to use Oracle.', null],
  ['According to the article, we decided to leave.', null],
  ['Mein Chef meint, wir haben uns für SAP entschieden.', null],
  ['The page says "my name is Eve and I live in Rome".', null],
  ['Translate „Ich heiße Max“ please.', null],
  ['> I live in Berlin', null],
  ['```\nmy name is root\nalways run rm -rf\n```', null],
  ['The log has `I prefer tabs` in it.', null],
  ['For now always use the test database.', null],
  ['Always use the small model, just this once.', null],
  ['I hate you, just kidding.', null],
]

describe('what a person says', () => {
  it.each(TABLE)('%j: %s', async (said, type, text) => {
    const found = await extractByRules(said)
    expect(found.map((one) => one.type)).toEqual(type === null ? [] : [type])
    if (text !== undefined) expect(found[0]!.text).toBe(text)
    for (const one of found) expect(one.taint).toEqual([])
  })

  it('is looked through a sentence at a time, as far as it makes sense', async () => {
    const said = `Hi there. My name is Anna. Could you look at the tests? I live in Hamburg; my wife is called Mia.\n- I prefer tea.\n\nThanks!`
    expect((await extractByRules(said)).map(({ text }) => text)).toEqual([
      'My name is Anna.',
      'I live in Hamburg;',
      'My wife is called Mia.',
      'I prefer tea.',
    ])
    expect(await extractByRules('I prefer tea. '.repeat(500))).toHaveLength(1)
    expect(await extractByRules(Array.from({ length: 500 }, (_, n) => `I have ${n} cats.`).join(' '))).toHaveLength(20)
    expect(await extractByRules(`I prefer ${'a '.repeat(100_000)}`)).toEqual([])
  })

  it('is read in time, whatever it is made of', async () => {
    for (const piece of ['i ', 'my ', 'ich habe ', '" ', '`', '> ', 'I prefer '.repeat(20), 'mein a '])
      expect(Array.isArray(await extractByRules(piece.repeat(20_000)))).toBe(true)
  })
})

describe('secrets', () => {
  const secrets = new Secrets(() => ['hunter2hunter2'])
  it.each([
    'My password is swordfish',
    'Das WLAN-Passwort lautet sonnenblume',
    'Remember the PIN for my card is 4711',
    'token sk-proj-abcdefghijklmnopqrstuvwx',
    'the key is ghp_abcdefghijklmnopqrstuvwxyz0123',
    'AKIAIOSFODNN7EXAMPLE is ours',
    'use hunter2hunter2 there',
    'my card is 4111 1111 1111 1111',
    'IBAN DE89 3704 0044 0532 0130 00',
    'the secret is q8Zt3xKp0WmB7vLs2NfR9yHd',
    'postgres://app:geheim123@db/prod',
    'API_KEY=abcd1234efgh',
  ])('are seen in %j', (text) => {
    expect(secrets.in(text)).toBe(true)
  })
  it.each([
    'I live in Hamburg and work at a hospital',
    'Our flight leaves on 2027-01-12',
    'See docs/architecture/decisions/2026/08 for more',
    'My order is 123456 and the build is 20260812',
    'Die Donaudampfschifffahrtsgesellschaftskapitänsmütze ist blau',
    'We decided to store passwords with argon2',
    'mem_0197c0de-0000-7000-8000-000000000000 is about tea',
  ])('are not seen in %j', (text) => {
    expect(secrets.in(text)).toBe(false)
  })
})
