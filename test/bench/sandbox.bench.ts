import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CONTAINER_DEFAULTS, createContainerSandbox } from '../../sidecar/sandbox/container/index.ts'
import { type Box, createProcessSandbox, type Sandbox } from '../../sidecar/sandbox/index.ts'
import { Snippets } from '../../sidecar/sandbox/wasm/index.ts'
import { testImage } from '../fixtures/container-image.ts'
import { openMicrovms, testVm } from '../fixtures/microvm.ts'
import { type Figure, report } from './lib/report.ts'
import { median, percentile } from './lib/samples.ts'

/** What a box adds to a command: `true` in each tier that runs here, and bare. Rounds are interleaved, so that load meets all alike. */

const ROUNDS = 60
const WARM_UP = 5
/** Microvms that go on from the state of the first. */
const RESUMED = 8

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-bench-')))
const workspace = join(root, 'home/workspaces/default')
mkdirSync(workspace, { recursive: true })
const places = { home: join(root, 'home'), tmpRoot: join(root, 'home/tmp'), personHome: join(root, 'person') }

const image = await testImage()
const tiers: Partial<Record<'process' | 'container', Sandbox>> = { process: createProcessSandbox({ ...places, allowHosts: [] }) }
if (image.image === undefined) console.log(`containers are not measured: ${image.missing}`)
else {
  const settings = { ...CONTAINER_DEFAULTS, image: image.image }
  tiers.container = createContainerSandbox({ ...places, settings, log: { debug() {}, warn() {} } })
}

const boxes: { tier: string; box: Box; first: number; samples: number[] }[] = []
for (const [tier, sandbox] of Object.entries(tiers)) {
  const ready = await sandbox.readiness()
  if (!ready.ready) {
    console.log(`${tier} is not measured: ${ready.reason}`)
    continue
  }
  const box = await sandbox.open(workspace)
  boxes.push({ tier, box, first: await timed(() => inBox(box)), samples: [] })
}
const bare: number[] = []
for (let round = 0; round < ROUNDS + WARM_UP; round++) {
  const took = await timed(bareCall)
  if (round >= WARM_UP) bare.push(took)
  for (const { box, samples } of boxes) {
    const inside = await timed(() => inBox(box))
    if (round >= WARM_UP) samples.push(inside)
  }
}
const snippets = new Snippets({
  worker: join(import.meta.dirname, '../../sidecar/sandbox/wasm/worker.ts'),
  log: { warn: () => {} },
})
const snippet = { javascript: '6 * 7', python: 'print(6 * 7)' } as const
/** As an agent's calls follow each other at the least: meanwhile the next engine is made. */
const REST_MS = 40
const wasm: { language: string; first: number; samples: number[]; straight: number[] }[] = []
for (const language of ['javascript', 'python'] as const) {
  const call = () => snippets.run({ language, code: snippet[language], deadlineMs: 10_000 }, new AbortController().signal)
  const first = await timed(call)
  const [samples, straight]: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    await setTimeout(REST_MS)
    samples!.push(await timed(call))
    straight!.push(await timed(call))
  }
  wasm.push({ language, first, samples: samples!, straight: straight! })
}
await snippets.close()
for (const { box } of boxes) await box.close()

const vm = await testVm()
const machines: number[] = []
if (vm.missing !== undefined) console.log(`microvms are not measured: ${vm.missing}`)
else {
  const microvms = openMicrovms(vm.images, places, { snapshots: join(root, 'snapshots') })
  for (let nth = 0; nth < 1 + RESUMED; nth++) {
    const box = await microvms.open(workspace)
    machines.push(await timed(() => inBox(box)))
    await box.close()
  }
}
for (const sandbox of Object.values(tiers)) await sandbox.close()
rmSync(root, { recursive: true, force: true })

const how = `p50 of ${ROUNDS}`
const figures: Figure[] = [{ figure: 'bare call', measured: median(bare), unit: 'ms', how: `${how}; bash -c true` }]
for (const { tier, first, samples } of boxes) {
  const p95: Figure = { figure: `${tier} call, p95`, measured: percentile(samples, 0.95), unit: 'ms' }
  if (tier === 'process')
    figures.push({ figure: 'process call over bare', measured: median(samples) - median(bare), unit: 'ms', budget: 35, how }, p95)
  else figures.push({ figure: 'container call in a warm box', measured: median(samples), unit: 'ms', budget: 80, how }, p95)
  figures.push({ figure: `${tier}: first call of a box`, measured: first, unit: 'ms' })
}
for (const { language, first, samples, straight } of wasm)
  figures.push(
    {
      figure: `wasm call, warm: ${language}`,
      measured: median(samples),
      unit: 'ms',
      budget: 5,
      how: `p50 of ${samples.length}; an engine of its own for each call, made ahead while nothing runs for ${REST_MS} ms`,
    },
    { figure: `wasm call, ${language}, straight after another`, measured: median(straight), unit: 'ms' },
    { figure: `wasm call, ${language}, p95`, measured: percentile(samples, 0.95), unit: 'ms' },
    { figure: `wasm call, ${language}, first`, measured: first, unit: 'ms' },
  )
const [fromTheBeginning, ...resumed] = machines
if (fromTheBeginning !== undefined)
  figures.push(
    { figure: 'microvm, emulated, from the beginning, its first call', measured: fromTheBeginning, unit: 'ms' },
    {
      figure: 'microvm, emulated, from a state, its first call',
      measured: median(resumed),
      unit: 'ms',
      how: `p50 of ${RESUMED}`,
    },
  )
report('sandbox', figures)

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

async function bareCall(): Promise<void> {
  await once(spawn('/bin/bash', ['-c', 'true'], { cwd: workspace, stdio: 'ignore' }), 'exit')
}

async function inBox(box: Box): Promise<void> {
  const { signal } = new AbortController()
  const { code } = await box.run({ command: 'true', cwd: workspace, timeoutMs: 30_000, signal, onOutput: () => {} })
  if (code !== 0) throw new Error(`the command ended with ${code}`)
}
