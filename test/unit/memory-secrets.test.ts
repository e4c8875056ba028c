import { describe, expect, it } from 'vitest'
import { Secrets } from '../../sidecar/memory/learn/secret.ts'

const secrets = new Secrets(() => ['hunter2hunter2'])

/** What must never be remembered. */
const SECRET = [
  'It is hunter2hunter2',
  'My password for the mail server is correct-horse',
  'password: Sommer2024!',
  'Mein Passwort für die Bank lautet Sommerregen',
  'Das Kennwort ist Tulpe77',
  'The PIN of my card is 4711',
  'Meine PIN ist 0815',
  'The CVV is 123',
  'my seed phrase is apple river moon',
  'Use sk-proj-abcdefghijklmnop1234567890ABCD',
  'The token is ghp_abcdefghijklmnopqrstuvwxyz0123456789',
  'AWS: AKIAIOSFODNN7EXAMPLE',
  'AIzaSyA1234567890abcdefghijklmnopqrstuvw',
  'xoxb-1234567890-abcdefghijkl',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA',
  'the secret is q8Zt3xKp0WmB7vLs2NfR9yHd',
  'Our API key for the weather: q8Zt3xKp0WmB7vLs2NfR9yHd',
  'Der Schlüssel für die Wetterdaten ist q8Zt3xKp0WmB7vLs2NfR9yHd',
  'access token = 5f2b8c1e9d4a7f30b6c2e8d1a4f79035',
  'client_secret: 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  'Authorization: Bearer 7Hk29sLqpWm0zXc4Vb8n',
  'postgres://app:s3cr3tpw@db.internal:5432/app',
  'My card number is 4111 1111 1111 1111',
  'Kreditkarte 5555-5555-5555-4444',
  'IBAN DE89 3704 0044 0532 0130 00',
]

/** What looks like one, and is worth keeping. */
const HARMLESS = [
  'The bug came in with 8c9890bafe31d2c4a5b6e7f8091a2b3c4d5e6f70',
  'Commit 8c9890b mends the token refresh',
  'The commit 8c9890bafe31d2c4a5b6e7f8091a2b3c4d5e6f70 mends the token refresh',
  'The session is 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  'Request id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed',
  'integrity sha512-9ZLcl0v8RrBxYMlEHtH1Rz7pV3mDc8nXwQ2KkU0fEYtJq5dBS4gA6iPyOaTs1uNhWvCxzMLbKeRj7I3oFgZ2dQ== in the lock file',
  'resolved "https://registry.npmjs.org/zod/-/zod-4.1.0.tgz#3f2504e04f8911d39a0c0305e82c33013f2504e0"',
  'The image is sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'The book has the ISBN 978-3-16-148410-0',
  'ISBN 9783161484100 is on my list',
  'My order number is 4929 1234 5678 9015',
  'Order 302-8843921-5543920 comes on Friday',
  'Bestellnummer 4111111111111111 ist angekommen',
  'Tracking number 00340434161094022115',
  'The invoice RE-2026-11-004711-A is paid',
  'My password is stored in 1Password',
  'The password is too long for the old server',
  'Mein Passwort ist abgelaufen',
  'The password for the wiki is in the safe',
  'I have basic programming skills',
  'The reset pin is GPIO 5',
  'My favourite cookie: chocolate chip',
  'The design token: primary-blue-500-hover',
  'The key is under the mat',
  'Der Schlüssel liegt bei Oma',
  'The ticket: OXBOW-1234 is open',
  'Our keys are kept in config/production/keys-2026-11.yaml',
  'The token budget is 120000 in production-cluster-07-eu-west',
  'Memory mem_01932f4e-7c00-7abc-8def-0123456789ab holds the key decision',
  'We key the cache by user-profile-v2-2026-11-21',
  'Call me on +49 170 1234567 about the key',
  'The version is 2026.11.21-build.4711',
  'The file is at /home/ada/projects/oxbow/sidecar/memory/learn/secret.ts',
]

describe('what must never be remembered', () => {
  it.each(SECRET)('%s', (text) => {
    expect(secrets.in(text)).toBe(true)
  })
})

describe('what only looks so', () => {
  it.each(HARMLESS)('%s', (text) => {
    expect(secrets.in(text)).toBe(false)
  })
})
