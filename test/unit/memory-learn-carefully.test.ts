import { expect, it } from 'vitest'
import type { MemoryType } from '../../sidecar/contract/index.ts'
import { carefully } from '../../sidecar/memory/learn/carefully.ts'
import type { Relation } from '../../sidecar/memory/learn/relate.ts'

/** A newer statement, an older one, their type, and what the first may be to the second: what is unsure is asked. */
const TABLE: readonly [newer: string, older: string, type: MemoryType, allowed: string][] = [
  ['I prefer tea.', 'i prefer tea', 'preference', 'same'],
  ['Ich wohne in Graz.', 'Ich wohne in Graz', 'profile', 'same'],
  ['So I live in Hamburg!', 'I live in Hamburg', 'profile', 'same'],
  ['I prefer green tea in the morning.', 'I prefer green tea', 'preference', 'near'],
  ['We decided to use Postgres', 'We decided to use Postgres for the ledger', 'decision', 'near'],
  ['My wife is called Mia and she is a doctor', 'My wife is called Mia', 'fact', 'near'],
  ['Ich trinke morgens gern grünen Tee', 'Ich trinke gern grünen Tee', 'preference', 'near'],
  ['I live in Lisbon.', 'I live in Hamburg.', 'profile', 'contradicts'],
  ["I've moved to Lisbon", 'I live in Hamburg', 'profile', 'contradicts'],
  ['Ich wohne jetzt in Wien', 'Ich wohne in Graz', 'profile', 'contradicts'],
  ['My name is Anna', 'My name is Petra', 'profile', 'contradicts'],
  ['I work at Siemens', 'I work at Bosch', 'profile', 'contradicts'],
  ['My favourite colour is blue', 'My favourite colour is green', 'preference', 'contradicts'],
  ['Meine Lieblingsfarbe ist blau', 'Meine Lieblingsfarbe ist grün', 'preference', 'contradicts'],
  ['I prefer spaces over tabs', 'I prefer tabs over spaces', 'preference', 'contradicts'],
  ['Never use emojis in commit messages', 'Always use emojis in commit messages', 'preference', 'contradicts'],
  ["I don't like coriander", 'I like coriander', 'preference', 'contradicts'],
  ['Ich mag keine Pilze', 'Ich mag Pilze', 'preference', 'contradicts'],
  ['We decided to use SQLite for the ledger', 'We decided to use Postgres for the ledger', 'decision', 'contradicts'],
  ['The deadline is now 14 October', 'The deadline is 2 October', 'fact', 'contradicts|unsure'],
  ['The deadline is 14 October', 'The deadline is 2 October', 'fact', 'contradicts|unsure'],
  ['I prefer coffee', 'I prefer tea', 'preference', 'unsure'],
  ['Ich bevorzuge Kaffee', 'Ich bevorzuge Tee', 'preference', 'unsure'],
  ['We decided to use Kafka for events', 'We decided to use Postgres for the ledger', 'decision', 'other'],
  ['I drink coffee with Anna', 'I drink coffee with Tom', 'fact', 'other'],
  ['My sister works at Bosch', 'My brother works at Bosch', 'fact', 'other'],
  ['Meine Schwester arbeitet bei Bosch', 'Mein Bruder arbeitet bei Bosch', 'fact', 'other|unsure'],
  ['Anna likes coriander', 'Tom likes coriander', 'preference', 'other|unsure'],
  ["Anna doesn't like coriander", 'Tom likes coriander', 'preference', 'other'],
  ['Anna mag keinen Koriander', 'Tom mag Koriander', 'preference', 'other'],
  ['For Anna we decided to use Kafka', 'For Tom we decided to use Kafka', 'decision', 'other'],
  ['Für Anna nehmen wir Kafka', 'Für Tom nehmen wir Kafka', 'decision', 'other'],
  ['Anna owes Tom 20 euros', 'Tom owes Anna 20 euros', 'fact', 'unsure'],
  ['Anna schuldet Tom 20 Euro', 'Tom schuldet Anna 20 Euro', 'fact', 'unsure'],
  ['Server 3 has 64 GB', 'Server 4 has 64 GB', 'fact', 'other'],
  ['Server 3 hat 64 GB', 'Server 4 hat 64 GB', 'fact', 'other'],
  ['The rent is 900 euros', 'The rent is 850 euros', 'fact', 'unsure|contradicts'],
  ['Die Miete beträgt 900 Euro', 'Die Miete beträgt 850 Euro', 'fact', 'unsure|contradicts'],
  ['I run 5 km on Mondays', 'I run 10 km on Sundays', 'fact', 'other|unsure'],
  ['The meeting on Monday is at 10', 'The meeting on Friday is at 10', 'fact', 'other|unsure'],
  ['My dog is called Rex', 'My cat is called Tom', 'fact', 'other'],
  ['Mein Hund heißt Rex', 'Meine Katze heißt Tom', 'fact', 'other'],
  ['My favourite colour is green', 'My favourite food is pizza', 'preference', 'other'],
  ['I do not live in Rome', 'I live in Berlin', 'profile', 'other'],
  ['I like red wine', 'I like red cars', 'preference', 'other|unsure'],
  ['Ich mag roten Wein', 'Ich mag rote Autos', 'preference', 'other|unsure'],
  ['I am allergic to nuts', 'I am allergic to cats', 'profile', 'other|unsure'],
  ['Ich bin allergisch gegen Nüsse', 'Ich bin allergisch gegen Katzen', 'profile', 'other|unsure'],
  ['We switched to Postgres for the ledger', 'We use MariaDB for the ledger', 'decision', 'contradicts|unsure'],
  ['Wir nehmen jetzt Postgres für das Hauptbuch', 'Wir nehmen MariaDB für das Hauptbuch', 'decision', 'contradicts'],
  ['I no longer work at Bosch', 'I work at Bosch', 'profile', 'contradicts'],
  ['Ich arbeite nicht mehr bei Bosch', 'Ich arbeite bei Bosch', 'profile', 'contradicts'],
  ['The car needs new tyres', 'Anna drinks green tea', 'fact', 'other'],
  ['Der Schlüssel liegt bei Oma', 'Der Schlüssel liegt bei Opa', 'fact', 'unsure|other'],
  ['I have two dogs', 'I have two cats', 'fact', 'other|unsure'],
  ['Bring the blue bag for Paris', 'Bring the blue bag for Rome', 'fact', 'other'],
  ['Never deploy on Fridays', 'Never deploy without tests', 'preference', 'other|unsure'],
  ['Always answer in German', 'Always answer in English', 'preference', 'contradicts|unsure'],
  ['Antworte immer auf Deutsch', 'Antworte immer auf Englisch', 'preference', 'contradicts|unsure'],
  ["My sister doesn't eat meat", 'My brother eats meat', 'fact', 'other'],
  ['Version 2 of the API is not public', 'Version 1 of the API is public', 'fact', 'other|unsure'],
  ['My son is called Max', 'My son is called Paul', 'fact', 'unsure|contradicts'],
  ['I never drink coffee after 4 pm', 'I drink coffee', 'preference', 'other|unsure|near'],
  ['Ich trinke nach 16 Uhr keinen Kaffee', 'Ich trinke Kaffee', 'preference', 'other|unsure|near'],
  ['My boss is Ms Krause', 'My boss is Mr Klein', 'fact', 'contradicts|unsure'],
]

it.each(TABLE)('%j against %j (%s): %s', (newer, older, type, allowed) => {
  expect(allowed.split('|')).toContain(carefully({ text: newer, type }, { text: older, type }))
})

/** What would change a memory that has nothing to do with it. */
const CHANGES: ReadonlySet<Relation> = new Set<Relation>(['same', 'near', 'contradicts'])

it('never changes what is said of somebody or something else, in any order and whatever their likeness', () => {
  const people = ['Anna', 'Tom', 'Mrs Krause', 'my sister', 'meine Schwester', 'my brother']
  const said: [MemoryType, (who: string) => string][] = [
    ['fact', (who) => `The flat of ${who} has three rooms`],
    ['fact', (who) => `Die Wohnung von ${who} hat drei Zimmer`],
    ['decision', (who) => `For ${who} we decided to use Kafka`],
    ['decision', (who) => `Für ${who} nehmen wir Kafka`],
    ['preference', (who) => `${who} likes coriander in soup`],
    ['preference', (who) => `${who} does not like coriander in soup`],
    ['fact', (who) => `I owe ${who} 20 euros`],
    ['fact', (who) => `I owe ${who} 25 euros`],
  ]
  const wrong: string[] = []
  for (const [type, one] of said)
    for (const [, other] of said)
      for (const a of people)
        for (const b of people)
          for (const likeness of [undefined, 0.5, 0.95]) {
            if (a === b) continue
            const relation = carefully({ text: one(a), type }, { text: other(b), type }, likeness)
            if (CHANGES.has(relation)) wrong.push(`${one(a)} | ${other(b)} | ${type} | ${likeness}: ${relation}`)
          }
  expect(wrong).toEqual([])
})
