import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Host } from './host.ts'
import { Cancelled, UsageError } from './problem.ts'

const MOST_BYTES = 16 * 1024

/** One line that nobody sees: typed at the terminal without echo, else read from stdin. Undefined where it is empty. */
export async function readSecret(host: Host, question: string): Promise<string | undefined> {
  const { stdin, stderr } = host.terminal
  const text = stdin.isTTY ? await ask(host, question) : await readAll(stdin)
  if (stdin.isTTY) stderr.write('\n')
  return text.trim() || undefined
}

function ask({ terminal: { stdin, stderr } }: Host, question: string): Promise<string> {
  stderr.write(question)
  // What a terminal's line editor would write goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  return new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    lines.once('SIGINT', () => reject(new Cancelled()))
    lines.once('close', () => resolve(''))
  }).finally(() => lines.close())
}

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > MOST_BYTES) throw new UsageError('stdin is too long for a key')
  }
  return Buffer.concat(chunks).toString('utf8')
}
