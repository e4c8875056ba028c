import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { GitWitness, PostWitness, Witness } from './audit/index.ts'
import type { Config, Home, Log } from './foundation/index.ts'

/** Beside the key, and where the settings say. Homes that share a folder have a file each. */
export function auditWitnesses({ root }: Home, { audit: { witness } }: Config): Witness[] {
  const own = new Witness(join(root, 'keys', 'audit-checkpoints.jsonl'), true)
  return witness === undefined ? [own] : [own, new Witness(join(witness, witnessFile(root)), false)]
}

const witnessFile = (root: string): string =>
  `oxbow-${createHash('sha256').update(root).digest('hex').slice(0, 8)}-checkpoints.jsonl`

/** Those that lie elsewhere, and are told in the background. */
export function farWitnesses(
  { root }: Home,
  { audit: { witnessUrl: url, witnessGit: remote } }: Config,
  env: NodeJS.ProcessEnv,
  journal: Log,
) {
  const folder = join(root, 'audit', 'witness.git')
  return [
    ...(url === undefined ? [] : [new PostWitness({ url, post, journal })]),
    ...(remote === undefined ? [] : [new GitWitness({ remote, folder, file: witnessFile(root), env, journal })]),
  ]
}

/** To an address that the person named; it leads nowhere else. */
async function post(url: string, body: string, signal: AbortSignal): Promise<boolean> {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  const answer = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'error' })
  await answer.body?.cancel()
  return answer.ok
}
