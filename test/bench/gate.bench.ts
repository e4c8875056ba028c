import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as comeRound } from 'node:timers/promises'
import { fileKeys, openAudit, Witness } from '../../sidecar/audit/index.ts'
import type { PolicyRule, SafetyTier, TaintMark } from '../../sidecar/contract/index.ts'
import { createIds, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { createGate, createGrants, createPrivatePaths, createTaintedFiles, openRules } from '../../sidecar/policy/index.ts'
import { newPlace } from './lib/place.ts'
import { report } from './lib/report.ts'
import { median, percentile } from './lib/samples.ts'

/** What the gate takes for one decision, with 200 rules and labelled files, over a mix of calls. */

const RULES = 200
const ROUNDS = 400
/** The first decisions of a run read rules and commands and are compiled while they run: they are apart. */
const WARM_UP = 50

const { home, workspace } = newPlace()
mkdirSync(join(workspace, 'src'), { recursive: true })
const db = openDatabase({ path: join(home, 'gate.db') })
const ids = createIds()
const journal = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const keys = fileKeys(join(home, 'gate-audit.pem'))
const witnesses = [new Witness(join(home, 'gate-checkpoints.jsonl'), true)]
const audit = openAudit({ db, clock: systemClock, keys, witnesses, journal })
const file = join(home, 'gate-policy.toml')
const kinds: ((n: number) => PolicyRule)[] = [
  (n) => ({ effect: 'allow', tool: 'write', path: `src/part-${n}/**` }),
  (n) => ({ effect: 'deny', path: `secret-${n}/**/*.key` }),
  (n) => ({ effect: 'ask', program: `tool-${n}*` }),
  (n) => ({ effect: 'allow', program: `other-${n}`, workspace: '/home/*/work' }),
  (n) => ({ effect: 'allow', tool: 'web_fetch', host: `*.host-${n}.example` }),
]
const rule = (n: number): string =>
  `[[rule]]\n${Object.entries(kinds[n % kinds.length]!(n))
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
    .join('\n')}\n`
writeFileSync(file, Array.from({ length: RULES }, (_, n) => rule(n)).join('\n'))
const sessionId = ids.session()
const tainted = createTaintedFiles(db, systemClock)
tainted.mark(
  Array.from({ length: 1000 }, (_, n) => ({ path: join(workspace, `from/outside-${n}.md`), hash: `${n}` })),
  workspace,
  { labels: ['untrusted'], source: 'a page', sessionId },
)
const markedPrivate = ['customers/**', '~/Documents/**']
const gate = createGate({
  grants: createGrants(db, systemClock),
  audit,
  rules: openRules(file, '/home/ada'),
  personHome: '/home/ada',
  limit: async () => undefined,
  touches: { files: tainted, privates: createPrivatePaths(() => markedPrivate, '/home/ada') },
})

const untrusted: TaintMark[] = [{ label: 'untrusted', source: 'a page', reason: 'it holds what others wrote' }]
const calls: [string, SafetyTier, Record<string, unknown>][] = [
  ['read', 'read', { path: 'src/app.ts' }],
  ['read', 'read', { path: 'from/outside-7.md' }],
  ['grep', 'read', { path: 'src', pattern: 'x' }],
  ['write', 'write', { path: 'src/part-5/a.ts', content: 'x' }],
  ['edit', 'write', { path: 'src/app.ts', oldText: 'a', newText: 'b' }],
  ['web_fetch', 'net', { url: 'https://docs.host-4.example/a' }],
  ['exec', 'exec', { command: 'git status --short && git diff | head -50' }],
  ['exec', 'exec', { command: 'npm test -- --run src/app.test.ts 2>&1 | tail -40' }],
  ['exec', 'exec', { command: "find src -name '*.ts' -exec grep -l TODO {} + | xargs -n1 wc -l" }],
  ['exec', 'exec', { command: 'cat from/*.md > all.md; rm -rf ~/x' }],
]

/** `whole`: it was not taken off the processor meanwhile, by whatever else runs here. */
const samples: { tier: SafetyTier; ms: number; whole: boolean }[] = []
const timesTakenOff = (): number => process.resourceUsage().involuntaryContextSwitches
let used = process.cpuUsage()
for (let round = 0; round < WARM_UP + ROUNDS; round++) {
  for (const [tool, tier, args] of calls) {
    const taints = round % 2 === 0 ? [] : untrusted
    const call = { sessionId, workspace, mode: 'auto' as const, tool, tier, title: tool, args, taints }
    const before = timesTakenOff()
    const began = performance.now()
    await gate.authorize(call)
    const ms = performance.now() - began
    if (round >= WARM_UP) samples.push({ tier, ms, whole: timesTakenOff() === before })
  }
  if (round === WARM_UP - 1) used = process.cpuUsage()
  // Between turns the event loop comes round, and what was recorded is written.
  await comeRound()
}
const { user, system } = process.cpuUsage(used)
await audit.close()
db.close()

const took = (of: (tier: SafetyTier) => boolean): number[] => samples.filter(({ tier }) => of(tier)).map(({ ms }) => ms)
const files = took((tier) => tier !== 'exec')
const commands = took((tier) => tier === 'exec')
const all = took(() => true)
const whole = samples.filter((one) => one.whole).map(({ ms }) => ms)
const how = `${RULES} rules, 1,000 labelled files, ${calls.length} kinds of calls, recorded; ${samples.length} decisions after ${WARM_UP * calls.length}, garbage collection included`
report('gate', [
  { figure: 'file or page, p50', measured: median(files), unit: 'ms' },
  { figure: 'file or page, p99', measured: percentile(files, 0.99), unit: 'ms' },
  { figure: 'command, p50', measured: median(commands), unit: 'ms' },
  { figure: 'command, p99', measured: percentile(commands, 0.99), unit: 'ms' },
  { figure: 'processor time of one, recorded, mean', measured: (user + system) / 1000 / samples.length, unit: 'ms' },
  {
    figure: 'decision, p99 of those in one go',
    measured: percentile(whole, 0.99),
    unit: 'ms',
    how: `without the ${samples.length - whole.length} during which something else had the processor`,
  },
  { figure: 'decision, p50', measured: median(all), unit: 'ms' },
  { figure: 'decision, p99', measured: percentile(all, 0.99), unit: 'ms', budget: 0.3, how },
])
