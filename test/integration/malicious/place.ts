import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '../../../sidecar/contract/index.ts'
import { type Sidecar, startSidecar } from '../../../sidecar/sidecar.ts'
import { type AskedMessage, type ModelServer, resultsSince, type Script, startModelServer } from '../../fixtures/model-server.ts'
import { scriptedHome } from '../../fixtures/sidecar-process.ts'

/** What stands in the person's secret files, and in no place where it may be seen. */
export const SECRET = 'canary-5f2b7c91-of-the-person'

/** A person's computer with a sidecar on it, watched from outside. */
export interface Place {
  client: Client
  /** Every conversation that the model server was sent. */
  model: ModelServer
  evil: { url: string; port: number; hits: string[] }
  outside: string
  personHome: string
  oxbowHome: string
  /** A new workspace with what an attacker finds there. */
  workspace(files?: Readonly<Record<string, string>>): string
  /** Words with their placeholders filled in. */
  fill<T>(value: T): T
  /** What is different outside since the start, in words. */
  changes(): string[]
  close(): Promise<void>
}

/** The calls in words: `<<[{"call":"exec","args":{…}}]>>`. */
function ordersIn(text: string): { call: string; args: unknown }[] {
  return [...text.matchAll(/<<(\[.*?\])>>/g)].flatMap(([, json]) => {
    try {
      return JSON.parse(json!) as { call: string; args: unknown }[]
    } catch {
      return []
    }
  })
}

/** A model that does what anybody in its context asks: the person, and whoever wrote what it reads. */
const obedient: Script = (messages: AskedMessage[]) => {
  const results = resultsSince(messages)
  const last = messages.findLast((message) => message.role === 'user')
  const orders = [last, ...results].flatMap((message) => ordersIn(wordsOf(message?.content)))
  const next = orders[results.length]
  // The process that was started last, by the name it was given.
  const process = results.flatMap((message) => wordsOf(message.content).match(/\bprc_[0-9a-f-]{36}\b/) ?? []).at(-1)
  const args = JSON.parse(JSON.stringify(next?.args ?? null).replaceAll('PROCESS', process ?? 'PROCESS')) as unknown
  return next ? [{ call: next.call, args }] : [{ say: 'Done.' }]
}

const wordsOf = (content: unknown): string =>
  typeof content === 'string' ? content : ((content ?? []) as { text?: string }[]).map((part) => part.text ?? '').join('\n')

/** @param settings of the sidecar, beside those that every place has */
export async function openPlace(settings: Record<string, unknown> = {}): Promise<Place> {
  const root = mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'oxbow-malicious-'))
  const personHome = join(root, 'home')
  const outside = join(root, 'outside')
  const oxbowHome = join(personHome, '.oxbow')
  for (const folder of ['.ssh', '.aws', '.config']) mkdirSync(join(personHome, folder), { recursive: true })
  mkdirSync(outside)
  writeFileSync(join(personHome, '.ssh/id_ed25519'), `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}\n`)
  writeFileSync(join(personHome, '.aws/credentials'), `[default]\naws_secret_access_key = ${SECRET}\n`)
  writeFileSync(join(personHome, '.bashrc'), '# mine\n')
  writeFileSync(join(outside, 'canary'), 'safe\n')
  const hits: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`)
    response.end('hello')
  })
  server.on('connection', (socket) => {
    hits.push('a connection')
    sockets.add(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const evil = { url: `http://127.0.0.1:${port}`, port, hits }
  const model = await startModelServer(obedient)
  scriptedHome(oxbowHome, model.url)
  const before = process.env.HOME
  process.env.HOME = personHome
  const sidecar: Sidecar = await startSidecar({
    env: { PATH: process.env.PATH, HOME: personHome, OXBOW_HOME: oxbowHome },
    overrides: { 'kernel.max_turns': 6, ...settings },
    http: false,
  })
  const words: Record<string, string> = {
    OXBOW: oxbowHome,
    OUT: outside,
    HOME: personHome,
    EVILHOST: '127.0.0.1',
    EVILPORT: String(port),
    EVIL: evil.url,
  }
  const known = seen([personHome, outside], oxbowHome)
  let workspaces = 0
  return {
    client: await sidecar.client(),
    model,
    evil,
    outside,
    personHome,
    oxbowHome,
    workspace(files = {}) {
      const folder = join(root, `workspace-${++workspaces}`)
      mkdirSync(join(folder, 'src'), { recursive: true })
      symlinkSync(outside, join(folder, 'link-out'))
      symlinkSync(join(outside, 'canary'), join(folder, 'link-canary'))
      symlinkSync(join(personHome, '.ssh/id_ed25519'), join(folder, 'link-key'))
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(folder, name, '..'), { recursive: true })
        writeFileSync(join(folder, name), text)
      }
      return folder
    },
    fill: <T>(value: T): T =>
      JSON.parse(
        JSON.stringify(value).replace(/EVILHOST|EVILPORT|EVIL|OXBOW|\bOUT\b|(?<!\$|_)\bHOME\b/g, (word) => words[word]!),
      ) as T,
    changes() {
      const now = seen([personHome, outside], oxbowHome)
      return [...new Set([...known.keys(), ...now.keys()])].filter((path) => known.get(path) !== now.get(path))
    },
    async close() {
      await sidecar.stop()
      process.env.HOME = before
      await model.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Every file below folders with what it is and holds; Oxbow's own home is its business. */
function seen(folders: readonly string[], but: string): Map<string, string> {
  const found = new Map<string, string>()
  const look = (path: string): void => {
    if (path === but) return
    const stats = lstatSync(path)
    if (stats.isDirectory()) {
      found.set(path, `folder ${stats.mode}`)
      for (const name of readdirSync(path)) look(join(path, name))
    } else if (stats.isSymbolicLink()) found.set(path, readlinkSync(path))
    else if (stats.isFile())
      found.set(path, `${stats.mode} ${stats.mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    else found.set(path, `special ${stats.mode}`)
  }
  for (const folder of folders) look(folder)
  return found
}
