import { randomBytes } from 'node:crypto'
import { chownSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { Widening } from '../../contract/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import type { Guard } from '../guards.ts'
import { identitiesOf } from '../identity.ts'
import { type Place, placeVariables } from '../place.ts'
import { bounded, type Engine } from './engine.ts'
import { LABEL, type Labels } from './labels.ts'
import { HOME, mountsOf, SOCKET } from './mounts.ts'
import { REMOVE_MS } from './orphans.ts'
import { EXCHANGED, INIT, READY, STRANGE } from './scripts.ts'
import type { ContainerSettings } from './settings.ts'

/** Time for an engine to make and start a container, in milliseconds. */
const START_MS = 30_000

export interface ContainerParts {
  engine: Engine
  image: string
  place: Place
  labels: Labels
  settings: ContainerSettings
  /** The socket of the way out; none: no network. */
  socket?: string | undefined
  /** A file outside that it sees as well. */
  widen?: Widening | undefined
}

/**
 * A running container of one box. It holds no right that could be taken away, sees the box's folders and nothing else, and ends
 * when this process ends, since its first process lives by the connection held here.
 */
export class Container {
  readonly docker: Docker.Container
  /** What is guarded in it. */
  readonly guards: readonly Guard[]
  /** The processes that every sweep must spare. */
  readonly keep: string
  /** Whether a way out leads into it. */
  readonly online: boolean
  /** Settles when it has ended, whatever ended it. */
  readonly ended: Promise<void>
  readonly #line: Duplex
  readonly #leave: () => void
  #removing: Promise<void> | undefined

  private constructor(docker: Docker.Container, guards: readonly Guard[], keep: string, line: Duplex, leave: () => void) {
    this.docker = docker
    this.guards = guards
    this.keep = keep
    this.online = keep.includes(' ')
    this.#line = line
    this.#leave = leave
    line.on('error', () => {})
    this.ended = new Promise((done) => line.once('end', done).once('close', done))
    line.resume()
  }

  /** @throws OxbowError `sandbox.start` and what to do */
  static async start(parts: ContainerParts): Promise<Container> {
    const { ward } = parts.place
    const git = ward.look()
    const leave = ward.standIn(git)
    const sign = randomBytes(16).toString('hex')
    const file = join(parts.place.tmp, `.oxbow-${sign}`)
    let made: Docker.Container | undefined
    try {
      writeFileSync(file, `${sign}\n`, { mode: 0o644, flag: 'wx' })
      giveTo(ownerOf(parts.place.workspace, parts.engine), parts.place.tmp)
      const guards = ward.guards(git)
      made = await bounded(parts.engine.docker.createContainer(description(parts, guards, [sign, file])), START_MS)
      const line = await attach(made)
      const ready = readyLine(line)
      const over = made.wait({ condition: 'next-exit' }).then(({ StatusCode }) => failed(StatusCode))
      for (const either of [ready, over]) either.catch(() => {})
      await bounded(made.start(), START_MS)
      return new Container(made, guards, await bounded(Promise.race([ready, over]), START_MS), line, leave)
    } catch (error) {
      await remove(made)
      leave()
      throw startProblem(error, parts)
    } finally {
      rmSync(file, { force: true })
    }
  }

  /** Ends it and all in it. Settles when nothing of it is left. */
  remove(): Promise<void> {
    this.#removing ??= remove(this.docker).finally(() => {
      this.#line.destroy()
      this.#leave()
    })
    return this.#removing
  }
}

function description(
  { engine, image, place, labels, settings, socket, widen }: ContainerParts,
  guards: readonly Guard[],
  sign: [word: string, file: string],
): Docker.ContainerCreateOptions {
  const owner = ownerOf(place.workspace, engine)
  const { binds, memory, known } = mountsOf(place, guards, owner, socket, widen)
  const init = [...sign, socket === undefined ? '' : SOCKET, identitiesOf(known), ...known.map(({ path }) => path)]
  return {
    Image: image,
    Entrypoint: ['/bin/sh', '-c', INIT, 'init', ...init],
    Cmd: [],
    User: `${owner.uid}:${owner.gid}`,
    WorkingDir: place.workspace,
    Hostname: 'oxbow',
    Env: Object.entries({ HOME, USER: 'oxbow', LANG: 'C.UTF-8', TMPDIR: place.tmp, ...placeVariables(place) }).map((pair) =>
      pair.join('='),
    ),
    Labels: { ...labels, [LABEL.workspace]: place.workspace },
    OpenStdin: true,
    StdinOnce: true,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      AutoRemove: true,
      NetworkMode: 'none',
      IpcMode: 'private',
      ...(engine.users === 'keepId' && { UsernsMode: 'keep-id' }),
      // Where the engine gives every container numbers of its own, the workspace could not be written.
      ...(engine.users === 'remapped' && { UsernsMode: 'host' }),
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Mounts: binds,
      Tmpfs: memory,
      ShmSize: 64 * 2 ** 20,
      Memory: settings.memoryMb * 2 ** 20,
      MemorySwap: settings.memoryMb * 2 ** 20,
      NanoCpus: Math.round(settings.cpus * 1e9),
      PidsLimit: settings.maxProcesses,
      OomScoreAdj: 500,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      LogConfig: { Type: 'none', Config: {} },
    },
  }
}

/** Whose files commands write: the workspace's owner. In a rootless engine that is user 0, who is the person outside. */
function ownerOf(workspace: string, { users }: Engine): { uid: number; gid: number } {
  if (users === 'rootless') return { uid: 0, gid: 0 }
  const { uid, gid } = statSync(workspace)
  return { uid, gid }
}

/** A person who is root may work in a folder of somebody else's: then commands are that one's, and so is their temp folder. */
function giveTo({ uid, gid }: { uid: number; gid: number }, folder: string): void {
  if (process.getuid?.() === 0) chownSync(folder, uid, gid)
}

async function attach(container: Docker.Container): Promise<Duplex> {
  const options = { stream: true, stdin: true, stdout: true, hijack: true }
  return (await bounded(container.attach(options))) as unknown as Duplex
}

/** @returns the numbers of the processes to spare */
function readyLine(line: Duplex): Promise<string> {
  return new Promise((done, fail) => {
    let text = ''
    const look = (chunk: Buffer): void => {
      text = (text + chunk.toString('latin1')).slice(-1000)
      const found = text.match(new RegExp(`${READY} ([\\d ]+)\\n`))?.[1]
      if (found === undefined) return
      line.off('data', look)
      done(found)
    }
    line.on('data', look)
    line.once('error', fail)
  })
}

async function remove(container: Docker.Container | undefined): Promise<void> {
  if (container === undefined) return
  await bounded(container.remove({ force: true, v: true }), REMOVE_MS).catch(() => {})
  // The engine may still be at it: what is mounted must not be taken away under it.
  await bounded(container.wait({ condition: 'removed' }), REMOVE_MS).catch(() => {})
}

class Failed extends Error {
  readonly status: number
  constructor(status: number) {
    super(`its first process ended with ${status}`)
    this.status = status
  }
}

function failed(status: number): never {
  throw new Failed(status)
}

function startProblem(error: unknown, { engine, image }: ContainerParts): OxbowError {
  if (error instanceof OxbowError) return error
  const { message, statusCode } = error as Error & { statusCode?: number }
  const refuse = (why: string, hint: string): OxbowError =>
    new OxbowError(
      'SERVICE_UNAVAILABLE',
      'sandbox.start',
      `No container could be started (${engine.place}): ${why}.`,
      hint,
      error,
    )
  if (statusCode === 404 && /image/i.test(message))
    return refuse(`the image ${image} is not there`, 'Build it: oxbow sandbox build')
  if (/bind source path does not exist|no such file or directory.*statfs|not shared/i.test(message)) return strange(refuse)
  if (/\/bin\/sh/.test(message)) return refuse(`the image ${image} has no /bin/sh`, 'Choose another: sandbox.container.image')
  if (error instanceof Failed && error.status === STRANGE) return strange(refuse)
  if (error instanceof Failed && error.status === EXCHANGED)
    return refuse('what is guarded in the workspace was exchanged meanwhile', 'Try again.')
  return refuse(message.trim().slice(0, 500), 'See the log of the engine; `oxbow doctor` checks it.')
}

const strange = (refuse: (why: string, hint: string) => OxbowError): OxbowError =>
  refuse('it does not see the folders of this computer', 'Use an engine on this computer, and share the home folder with it.')
