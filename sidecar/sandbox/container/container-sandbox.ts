import { BUILD_COMMANDS, type Widening } from '../../contract/index.ts'
import type { Log } from '../../foundation/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import { createPlaces, type PlacesOptions } from '../place.ts'
import type { Box, BoxCommand, BoxOptions, BoxProcess, BoxStart, Exit, Preparation, Readiness, Sandbox } from '../sandbox.ts'
import { unavailable } from '../tiers.ts'
import { type OpenWayOut, type Pass, type PassWish, PROXY_PORT } from '../way-out.ts'
import { Call, type CallParts } from './call.ts'
import { Container } from './container.ts'
import { type Engine, findEngine } from './engine.ts'
import { hasImage, imageName, prepareImage } from './image.ts'
import { LABEL, ownLabels } from './labels.ts'
import { sweepOrphans } from './orphans.ts'
import type { ContainerSettings } from './settings.ts'
import { WarmBox, Warmth } from './warm.ts'

export interface ContainerSandboxOptions extends PlacesOptions {
  settings: ContainerSettings
  log: Pick<Log, 'debug' | 'warn'>
  /** The way out of a box; undefined: it has no network at all. Absent: no box has one. */
  wayOut?: OpenWayOut | undefined
  platform?: NodeJS.Platform
  env?: NodeJS.ProcessEnv
}

export interface ContainerSandbox extends Sandbox {
  /** Builds our image, or fetches the one that the settings name. @throws OxbowError `sandbox.engine`, `sandbox.build` */
  prepare(how: Preparation): Promise<string>
}

/** Boxes that are containers of Docker or Podman: one for each box, kept from call to call. */
export function createContainerSandbox(options: ContainerSandboxOptions): ContainerSandbox {
  const { settings, log, platform = process.platform, env = process.env } = options
  const places = createPlaces(options)
  const warmth = new Warmth()
  const boxes = new Set<WarmBox>()
  let found: Promise<Engine> | undefined
  let known: Engine | undefined

  const engine = (): Promise<Engine> => {
    if (found !== undefined) return found
    const search = findEngine({ setting: settings.host, env, personHome: places.personHome, uid: process.getuid?.(), platform })
    found = search
    search.then(
      (one) =>
        void sweepOrphans(one).catch((error: unknown) => log.debug({ error }, 'orphaned containers could not be looked for')),
      () => {
        // A failure is not remembered: an engine may be started while we run.
        if (found === search) found = undefined
      },
    )
    return search
  }

  const readiness = async (): Promise<Readiness> => {
    if (known !== undefined) return { ready: true }
    try {
      const one = await engine()
      const image = imageName(settings)
      if (await hasImage(one, image)) {
        known = one
        return { ready: true }
      }
      const reason = `its image ${image} is not there (sandbox.container.image names another)`
      return { ready: false, reason, mend: BUILD_COMMANDS.container }
    } catch (error) {
      found = undefined
      const { message, hint } = error as OxbowError
      return { ready: false, reason: message, mend: hint ?? 'Start the container engine.' }
    }
  }

  const make = async (
    place: Parameters<typeof Container.start>[0]['place'],
    session: string | undefined,
    socket: string | undefined,
    widen?: Widening,
  ) => {
    const answer = await readiness()
    if (!answer.ready || known === undefined)
      throw unavailable(answer.ready ? { reason: 'its engine went away', mend: 'Start it again.' } : answer)
    const labels = { ...(await ownLabels(places.oxbowHome)), ...(session !== undefined && { [LABEL.session]: session }) }
    const image = imageName(settings)
    try {
      const container = await Container.start({ engine: known, image, place, labels, settings, socket, widen })
      if (socket !== undefined && !container.online) log.debug({ image }, 'the image has no socat: its boxes reach no host')
      return container
    } catch (error) {
      // The engine may have been stopped, or the image removed: look again.
      known = undefined
      found = undefined
      throw error
    }
  }

  const open = async (path: string, { session }: BoxOptions = {}): Promise<Box> => {
    const place = await places.open(path)
    const way = await options.wayOut?.({ workspace: place.workspace, tmp: place.tmp, session }).catch(async (error: unknown) => {
      await place.close()
      throw error
    })
    const warmBox = (widen?: Widening): WarmBox => {
      const box = new WarmBox({
        guards: () => place.ward.guards(),
        warmth,
        idleMs: settings.idleMinutes * 60_000,
        make: () => make(place, session, way?.socket, widen),
      })
      boxes.add(box)
      return box
    }
    const cool = async (box: WarmBox): Promise<void> => {
      await box.close()
      boxes.delete(box)
    }
    const warm = warmBox()
    const open = new Set<Call>()
    let closed = false

    const beginIn = async (box: WarmBox, parts: CallParts, wish: PassWish): Promise<Begun> => {
      const cwd = await place.folder(parts.cwd)
      if (closed) throw new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed.')
      const { container, release: letGo } = await box.hold()
      let takeAway = (): void => {}
      let pass: Pass | undefined
      const release = (): void => {
        pass?.release()
        takeAway()
        letGo()
      }
      try {
        takeAway = place.ward.watch()
        if (container.online) pass = await way?.admit(wish)
        const call = await Call.start(container, {
          ...parts,
          cwd,
          env: (await pass?.environment({ port: PROXY_PORT })) ?? {},
        })
        open.add(call)
        void call.exit
          .catch(() => {})
          .finally(() => {
            open.delete(call)
            release()
          })
        return { call, pass }
      } catch (error) {
        release()
        // What cannot start a command any more, full of processes for example, serves nobody.
        if (error instanceof OxbowError && error.code === 'sandbox.start' && open.size === 0) await container.remove()
        throw error
      }
    }
    const begin: Begin = (parts, wish) => beginIn(warm, parts, wish)

    /**
     * In a container of its own: what is mounted is said when one is made, and what hosts are lent to must share no process
     * table with what could take its credential.
     */
    const runApart = async (command: BoxCommand): Promise<Exit> => {
      const own = warmBox(command.widen)
      try {
        return await run(command, (parts, wish) => beginIn(own, parts, wish))
      } finally {
        await cool(own)
      }
    }

    return {
      tier: 'container',
      workspace: place.workspace,
      tmp: place.tmp,
      shared: place.shared,
      canWiden: true,
      run: (command) => (command.widen || command.lent ? runApart(command) : run(command, begin)),
      start: (command) => start(command, begin),
      resolve: place.resolve,
      async close() {
        closed = true
        for (const call of open) void call.end('cancelled')
        await cool(warm)
        await Promise.all([...open].map((call) => call.exit.catch(() => {})))
        await place.close()
      },
    }
  }

  return {
    tier: 'container',
    readiness,
    open,
    prepare: async (how) => prepareImage(await engine(), settings, how),
    close: async () => void (await Promise.all([...boxes].map((box) => box.close()))),
  }
}

interface Begun {
  call: Call
  pass: Pass | undefined
}

type Begin = (parts: CallParts, wish: PassWish) => Promise<Begun>

async function run(command: BoxCommand, begin: Begin): Promise<Exit> {
  if (command.signal.aborted) return { code: null, signal: null, reason: 'cancelled' }
  const { cwd, onOutput, timeoutMs, signal } = command
  const wish = { fixed: true, lent: command.lent }
  const { call, pass } = await begin({ command: command.command, cwd, onOutput, input: false }, wish)
  const timer = setTimeout(() => void call.end('timeout'), timeoutMs)
  const cancel = (): void => void call.end('cancelled')
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    const exit = await call.exit
    return pass?.carried ? { ...exit, carried: true } : exit
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

async function start({ command, cwd, terminal, byPerson, onOutput }: BoxStart, begin: Begin): Promise<BoxProcess> {
  const parts = { command, cwd, onOutput, input: true, ...(terminal && { terminal }) }
  const { call, pass } = await begin(parts, { fixed: !byPerson, silent: true })
  const exit = call.exit.catch((): Exit => ({ code: null, signal: null, reason: 'cancelled' }))
  return {
    exit,
    get carried() {
      return pass?.carried === true
    },
    write: (data) => call.write(data),
    resize: (columns, rows) => call.resize(columns, rows),
    async kill() {
      await call.end('cancelled')
      await exit
    },
  }
}
