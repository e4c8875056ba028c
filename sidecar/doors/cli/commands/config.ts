import type { Setting } from '../../../contract/index.ts'
import { listSettings, loadConfig, nearMiss, resolveHome, setSetting } from '../../../foundation/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { Cancelled, causeOf, UsageError } from '../problem.ts'
import { table } from '../table.ts'

type Value = string | number | boolean | string[] | null

export async function show(host: Host, { json }: JsonOption): Promise<number> {
  const settings = await allSettings(host)
  if (json) host.print(JSON.stringify({ path: resolveHome(host.env).config, settings }))
  else for (const row of table(settings.map(({ key, value, source }) => [key, shown(value), source]))) host.print(row)
  return EXIT.done
}

export async function get(host: Host, key: string): Promise<number> {
  const settings = await allSettings(host)
  const found = settings.find((setting) => setting.key === key)
  if (found) {
    host.print(shown(found.value))
    return EXIT.done
  }
  const near = nearMiss(
    key,
    settings.map((setting) => setting.key),
  )
  throw new UsageError(`"${key}" is not set`, near ? `Did you mean ${near}?` : 'See `oxbow config show`.')
}

/** What looks like a number, a truth value or a list is one; where the setting wants words, it is taken as words. */
export async function set(host: Host, key: string, text: string): Promise<number> {
  const provider = /^providers\.([^.]+)\.api_?key$/i.exec(key)?.[1]
  if (provider !== undefined)
    throw new UsageError(
      'a key is not taken from an argument, which every program of this computer can see',
      `Use \`oxbow providers add ${provider}\`, which asks for it.`,
    )
  const value = parseValue(text)
  try {
    return await change(host, key, value)
  } catch (error) {
    if (typeof value === 'string' || causeOf(error) !== 'config.invalid') throw error
    return change(host, key, text).catch(() => Promise.reject(error))
  }
}

export const unset = (host: Host, key: string): Promise<number> => change(host, key, null)

export async function path(host: Host): Promise<number> {
  host.print(resolveHome(host.env).config)
  return EXIT.done
}

/**
 * The running sidecar, or one of our own, sets it and records that it did. Where settings keep every sidecar from starting, the file is
 * mended by itself: the next start then records it as edited from outside.
 */
async function change(host: Host, key: string, value: Value): Promise<number> {
  let started = false
  try {
    await withClient(host, async (client, { own }) => {
      started = true
      const { restart } = await client.config.set({ key, value })
      if (restart && !own) host.note('Oxbow is running; this holds from its next start on.')
    })
  } catch (error) {
    if (started || error instanceof Cancelled || causeOf(error) === 'home.inUse') throw error
    await setSetting(resolveHome(host.env), key, value)
  }
  return EXIT.done
}

async function allSettings(host: Host): Promise<Setting[]> {
  const { config, sources } = await loadConfig({ home: resolveHome(host.env), env: host.env })
  return listSettings(config, sources)
}

/** Exported for its test. */
export function parseValue(text: string): Exclude<Value, null> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : text
  } catch {
    return text
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
