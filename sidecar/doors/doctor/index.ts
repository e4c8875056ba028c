import type { Check } from '../../contract/index.ts'
import { bounded } from './bounded.ts'
import type { DoctorContext, Finding } from './context.ts'
import { checkDatabase } from './database.ts'
import { checkDisk } from './disk.ts'
import { checkDocker } from './docker.ts'
import { checkConfig, checkHome } from './home.ts'
import { checkKeys, checkLocalModels } from './models.ts'
import { checkNode } from './node.ts'
import { checkPort } from './port.ts'
import { checkChromium, checkProgram } from './programs.ts'
import { checkTier } from './sandbox.ts'

export type { DoctorContext } from './context.ts'

/** How long one check may take, in milliseconds. */
const MOST_MS = 2000

type Look = (context: DoctorContext) => Finding | Promise<Finding>

/** Every check by its name, in the order of the report. */
const checks: readonly [name: string, look: Look, only?: NodeJS.Platform][] = [
  ['node', checkNode],
  ['home', checkHome],
  ['config', checkConfig],
  ['database', checkDatabase],
  ['disk', checkDisk],
  ['port', checkPort],
  ['sandbox', checkTier('process')],
  ['sandbox: container', checkTier('container')],
  ['sandbox: virtual machine', checkTier('microvm')],
  ['sandbox: none', checkTier('host')],
  ['bubblewrap', checkProgram('bwrap', 'bubblewrap', 'error', 'agents cannot run commands without it'), 'linux'],
  ['socat', checkProgram('socat', 'socat', 'warning', 'the network of the sandbox needs it'), 'linux'],
  ['ripgrep', checkProgram('rg', 'ripgrep', 'warning', 'searching is slower without it')],
  ['docker', checkDocker],
  ['chromium', checkChromium],
  ['keys', checkKeys],
  ['local models', checkLocalModels],
]

/** Checks this computer. All checks run together; one that hangs becomes a warning, one that throws an error. Never throws. */
export function runDoctor(context: DoctorContext): Promise<Check[]> {
  const { platform = process.platform } = context
  const here = checks.filter(([, , only]) => only === undefined || only === platform)
  return Promise.all(
    here.map(async ([name, look]) => ({ name, ...(await bounded(async () => look({ ...context, platform }), MOST_MS)) })),
  )
}
