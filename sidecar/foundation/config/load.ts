import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import type { z } from 'zod'
import type { Mode, SandboxProfile, SetIsolation } from '../../contract/index.ts'
import type { Home } from '../home.ts'
import { readPlainFile } from '../plain-file.ts'
import { environmentTree } from './environment.ts'
import { camelKeys, fileKey, isTree, leaves, merge, setPath, type Tree, withoutAliases } from './keys.ts'
import { knownKeys } from './known.ts'
import { invalid, problem, type Source } from './problem.ts'
import { type Config, ConfigSchema, WorkspaceSchema } from './schema.ts'

/** Which layer a setting comes from, by its key as in a file. What is not here is a default. */
export type Sources = Map<string, string>

export interface LoadOptions {
  home: Pick<Home, 'config'>
  env: NodeJS.ProcessEnv
  /** Settings of the command line by dotted key: `{ 'gateway.port': 0 }`. */
  overrides?: Record<string, unknown>
  systemPath?: string
}

/** The file for all people of a computer. */
const SYSTEM_PATH = '/etc/oxbow/config.toml'

/**
 * Defaults < /etc/oxbow/config.toml < the home's config.toml < `OXBOW__SECTION__KEY` < command line. Each layer is checked by itself,
 * so that an error names the place it stands in.
 * @throws OxbowError `config.invalid`, naming file, line, key and what is expected
 */
export async function loadConfig({
  home,
  env,
  overrides = {},
  systemPath = SYSTEM_PATH,
}: LoadOptions): Promise<{ config: Config; sources: Sources }> {
  const line: Tree = {}
  for (const [key, value] of Object.entries(overrides)) setPath(line, key.split('.'), value)
  const layers: (Layer | undefined)[] = [
    readFile(systemPath),
    readFile(home.config),
    { source: { name: 'environment' }, tree: withoutAliases(environmentTree(env)) },
    { source: { name: 'command line' }, tree: withoutAliases(camelKeys(line)) },
  ]

  let whole: Tree = {}
  let config: Config | undefined
  const sources: Sources = new Map()
  for (const { source, tree } of layers.filter((layer) => layer !== undefined)) {
    if (Object.keys(tree).length === 0) continue
    whole = merge(whole, tree)
    config = await check(ConfigSchema, whole, source)
    for (const leaf of leaves(tree)) sources.set(fileKey(leaf.path), source.name)
  }
  config ??= ConfigSchema.parse({})
  if (!config.gateway.allowRemote && !LOOPBACK.test(config.gateway.host))
    throw invalid(
      `${sources.get('gateway.host')}: gateway.host is "${config.gateway.host}", which other computers can reach`,
      'Set gateway.allow_remote = true if that is wanted, else use 127.0.0.1.',
    )
  return { config, sources }
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1)$/

/** What a workspace's own `.oxbow/config.toml` says. It may only tighten, so it knows only what can be tightened. @throws OxbowError `config.invalid` */
export async function loadWorkspacePolicy(workspace: string): Promise<WorkspacePolicy> {
  const path = join(workspace, '.oxbow', 'config.toml')
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return {}
  const stamp = `${found.mtimeMs} ${found.ctimeMs} ${found.size} ${found.ino}`
  const known = policies.get(path)
  if (known?.stamp === stamp) return known.policy
  const layer = readFile(path)
  if (!layer) return {}
  const { policy, sandbox } = await check(WorkspaceSchema, layer.tree, layer.source)
  const loaded = { mode: policy.mode, ...sandbox }
  if (policies.size >= MOST_POLICIES) policies.clear()
  policies.set(path, { stamp, policy: loaded })
  return loaded
}

interface WorkspacePolicy {
  mode?: Mode | undefined
  allowHosts?: string[] | undefined
  tier?: SetIsolation | undefined
  profile?: SandboxProfile | undefined
}

/** Read again only when the file changed: every call of an agent asks. */
const policies = new Map<string, { stamp: string; policy: WorkspacePolicy }>()
const MOST_POLICIES = 64

/** Parses a whole config text as the file of a home. @throws OxbowError `config.invalid` */
export async function checkConfigText(path: string, text: string): Promise<Config> {
  const { source, tree } = readText(path, text)
  return check(ConfigSchema, tree, source)
}

interface Layer {
  source: Source
  tree: Tree
}

const MOST_BYTES = 1 << 20

function readFile(path: string): Layer | undefined {
  if (!existsSync(path)) return undefined
  let text: string
  try {
    text = readPlainFile(path, MOST_BYTES)
  } catch (error) {
    throw invalid(`${path} cannot be read: ${(error as Error).message}`, 'Set its permissions right.', error)
  }
  return readText(path, text)
}

function readText(path: string, text: string): Layer {
  try {
    return { source: { name: path, text }, tree: withoutAliases(camelKeys(parse(text) as Tree)) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const what = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'no valid TOML'
    throw invalid(`${path}:${error.line}:${error.column}: ${what}`, 'See https://toml.io for how TOML is written.', error)
  }
}

async function check<T extends z.ZodType>(schema: T, tree: Tree, source: Source): Promise<z.infer<T>> {
  // Parsed once, it is not worth the code that zod would make for it.
  const parsed = schema.safeParse(tree, { jitless: true })
  if (parsed.success) return parsed.data
  const providers = isTree(tree.providers) ? Object.keys(tree.providers) : []
  throw await problem(parsed.error.issues[0]!, source, knownKeys(schema, providers))
}
