import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { UserPart } from '../../contract/index.ts'
import type { Host } from './host.ts'
import { UsageError } from './problem.ts'

const MOST_FILES = 19
const MOST_CHARACTERS = 2_000_000

/** Text files as document parts; `-` is stdin. @throws UsageError */
export async function contextParts(files: readonly string[], host: Host): Promise<UserPart[]> {
  if (files.length > MOST_FILES) throw new UsageError(`--context-file: at most ${MOST_FILES} files`)
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('--context-file: stdin can be read only once')
  const parts: UserPart[] = []
  for (const file of files) {
    const name = file === '-' ? 'stdin' : basename(file).slice(-255)
    parts.push({ type: 'document', name, text: text(name, file === '-' ? await readStdin(host) : await read(file, host)) })
  }
  return parts
}

async function read(file: string, { cwd }: Host): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, file))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(
      `--context-file: ${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? message})`}`,
    )
  }
}

async function readStdin({ terminal: { stdin } }: Host): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > MOST_CHARACTERS * 4) break
  }
  return Buffer.concat(chunks)
}

function text(name: string, bytes: Buffer): string {
  if (bytes.includes(0)) throw new UsageError(`--context-file: ${name} is no text file`)
  const decoded = bytes.toString('utf8')
  if (decoded.length > MOST_CHARACTERS)
    throw new UsageError(
      `--context-file: ${name} has more than ${MOST_CHARACTERS} characters`,
      'Hand in the part that matters, or put the file into the workspace.',
    )
  return decoded
}
