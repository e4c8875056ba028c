import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { stringify } from 'smol-toml'
import type { Setting } from '../../contract/index.ts'
import type { Home } from '../home.ts'
import { fileKey, isTree, leaves, setPath, type Tree, toCamel, toSnake } from './keys.ts'
import { checkConfigText, type Sources } from './load.ts'
import { invalid } from './problem.ts'
import type { Config } from './schema.ts'

/** Keys of providers, and what is sent to them besides, which may hold a key as well. */
const SECRET = /^providers\.[^.]+\.(api_key$|headers\b)/
const MASK = '********'

/** Every setting with its layer; keys of providers are masked. */
export function listSettings(config: Config, sources: Sources): Setting[] {
  return leaves(config as Tree)
    .filter(({ value }) => value !== undefined)
    .map(({ path, value }) => setting(fileKey(path), value, sources.get(fileKey(path)) ?? 'default'))
}

/**
 * Sets one key in the home's config.toml and leaves everything else in it as it is, comments included. `null` removes the key.
 * The result is checked before the file is replaced.
 * @param key as in a file: `gateway.port`
 * @throws OxbowError `config.invalid`
 */
export async function setSetting(home: Pick<Home, 'config'>, key: string, value: unknown): Promise<Setting> {
  const path = key.split('.').map(toSnake)
  if (path.length < 2 || path.some((name) => !/^[a-z0-9][a-z0-9_-]*$/.test(name)))
    throw invalid(`"${key}" is no setting`, 'Name it as section.key, for example gateway.port.')
  const before = existsSync(home.config) ? readFileSync(home.config, 'utf8') : ''
  const after = await edited(before, path, value)
  await checkConfigText(home.config, after)
  replace(home.config, after)
  return setting(path.join('.'), value, home.config)
}

/** Settings with the layers they come from. */
interface Layered {
  config: Config
  sources: Sources
}

/** What holds of one setting, and the layer it comes from; none is a default. @param key as in a file */
export function settingIn({ config, sources }: Layered, key: string): { value: unknown; source: string | undefined } {
  const path = key.split('.').map(toCamel)
  return { value: valueAt(config, path), source: sources.get(fileKey(path)) }
}

/** Lets a setting that was checked hold in settings that run. */
export function takeUpSetting(running: Layered, key: string, { value, source }: ReturnType<typeof settingIn>): void {
  const path = key.split('.').map(toCamel)
  setPath(running.config as Tree, path, value)
  if (source === undefined) running.sources.delete(fileKey(path))
  else running.sources.set(fileKey(path), source)
}

const valueAt = (tree: Tree, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree)

/**
 * Removes a table and all below it from the home's config.toml, however it is written; everything else stays as it is.
 * @param path as in a file: `['providers', 'mine']`
 */
export async function removeTable(home: Pick<Home, 'config'>, path: readonly string[]): Promise<void> {
  if (!existsSync(home.config)) return
  const text = readFileSync(home.config, 'utf8')
  const { parseTOML, traverseNodes } = await import('toml-eslint-parser')
  const ranges: [number, number][] = []
  traverseNodes(parseTOML(text), {
    enterNode(node) {
      if (node.type !== 'TOMLTable' && node.type !== 'TOMLKeyValue') return
      const own = node.key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))
      const table = node.type === 'TOMLKeyValue' && node.parent.type === 'TOMLTable' ? node.parent.resolvedKey.map(String) : []
      const full = node.type === 'TOMLTable' ? node.resolvedKey.map(String) : [...table, ...own]
      const inner = ranges.some(([from, to]) => from <= node.range[0] && node.range[1] <= to)
      if (!inner && path.every((name, at) => full[at] === name)) ranges.push([node.range[0], node.range[1]])
    },
    leaveNode() {},
  })
  if (ranges.length === 0) return
  const after = ranges.reduceRight((rest, [from, to]) => rest.slice(0, from) + rest.slice(to).replace(/^[ \t]*\n/, ''), text)
  await checkConfigText(home.config, after)
  replace(home.config, after)
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text, { mode: 0o600 })
  renameSync(temporary, path)
}

function setting(key: string, value: unknown, source: string): Setting {
  return { key, value: SECRET.test(key) && value !== null ? MASK : value, source }
}

/** The text with one key changed, found by its place in the parsed text. */
async function edited(text: string, path: readonly string[], value: unknown): Promise<string> {
  const { parseTOML, traverseNodes } = await import('toml-eslint-parser')
  const name = path.at(-1)!
  const section = path.slice(0, -1).join('.')
  const line = value === null ? '' : stringify({ [name]: value }).trimEnd()
  let found: [number, number] | undefined
  let tableEnd: number | undefined
  traverseNodes(parseTOML(text), {
    enterNode(node) {
      if (node.type === 'TOMLTable' && node.resolvedKey.join('.') === section) tableEnd = node.range[1]
      if (node.type !== 'TOMLKeyValue') return
      const table = node.parent.type === 'TOMLTable' ? node.parent.resolvedKey.map(String) : []
      const own = node.key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))
      if ([...table, ...own].join('.') === path.join('.')) found = [node.range[0], node.range[1]]
    },
    leaveNode() {},
  })
  if (found) {
    const end = value === null && text[found[1]] === '\n' ? found[1] + 1 : found[1]
    const key = text.slice(found[0], found[1]).split('=', 1)[0]!.trimEnd()
    return text.slice(0, found[0]) + (value === null ? '' : `${key} = ${line.slice(line.indexOf('=') + 2)}`) + text.slice(end)
  }
  if (value === null) return text
  if (tableEnd !== undefined) return `${text.slice(0, tableEnd)}\n${line}${text.slice(tableEnd)}`
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return `${text}${gap}[${section}]\n${line}\n`
}
