import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Converter } from '../../sidecar/media/converter.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { png } from '../fixtures/media-files.ts'
import { WORKER } from '../fixtures/media-room.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const job = { do: 'inspect', path: '/does/not/matter', name: 'a.png' } as const

/** A converter whose thread runs this program instead. */
function withThread(program: string, times?: { inspect: number }): Converter {
  const worker = join(temporaryFolder(), 'worker.mjs')
  writeFileSync(
    worker,
    `import { parentPort } from 'node:worker_threads'\nparentPort.on('message', ({ id, job }) => { ${program} })`,
  )
  const converter = new Converter({ worker, log: silent, times })
  onTestFinished(() => converter.close())
  return converter
}

test('a thread that hangs is ended, and the next job has a new one', async () => {
  const converter = withThread(`if (job.name === 'slow') for (;;); parentPort.postMessage({ id, result: { kind: 'image' } })`, {
    // Enough for a thread to begin on a busy machine.
    inspect: 3_000,
  })
  const slow = converter.run({ ...job, name: 'slow' })
  const next = converter.run(job)
  await expect(slow).rejects.toMatchObject({ code: 'media.tooSlow' })
  await expect(next).resolves.toEqual({ kind: 'image' })
})

test('a thread that fills its memory is ended, and the next job has a new one', async () => {
  const converter = withThread(
    `if (job.name === 'heavy') { const all = []; for (;;) all.push(new Array(1e6).fill(id)) } parentPort.postMessage({ id, result: { kind: 'pdf' } })`,
    { inspect: 9_000 },
  )
  const heavy = converter.run({ ...job, name: 'heavy' })
  const next = converter.run(job)
  await expect(heavy).rejects.toMatchObject({ code: 'media.tooHeavy' })
  await expect(next).resolves.toEqual({ kind: 'pdf' })
})

test('a thread that ends or cannot be started fails its job, not Oxbow', async () => {
  await expect(withThread('process.exit(1)').run(job)).rejects.toMatchObject({ code: 'media.damaged' })
  const nowhere = new Converter({ worker: '/does/not/exist.cjs', log: silent })
  await expect(nowhere.run(job)).rejects.toMatchObject({ code: 'media.damaged' })
  await expect(nowhere.run(job)).rejects.toMatchObject({ code: 'media.damaged' })
})

test('jobs that wait are bounded, and told when Oxbow stops', async () => {
  const converter = withThread('')
  const waiting = Array.from({ length: 101 }, () => converter.run(job).catch((error: { code: string }) => error.code))
  await expect(converter.run(job)).rejects.toMatchObject({ code: 'media.busy' })
  await converter.close()
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['media.stopping']))
  await expect(converter.run(job)).rejects.toMatchObject({ code: 'media.stopping' })
})

test('the thread ends when there is nothing to do', async () => {
  const path = join(temporaryFolder(), 'a')
  writeFileSync(path, png())
  const converter = new Converter({ worker: WORKER, log: silent, idleMs: 20 })
  onTestFinished(() => converter.close())
  expect(converter.running).toBe(false)
  expect(await converter.run({ do: 'inspect', path, name: 'a.png' })).toMatchObject({ kind: 'image' })
  expect(converter.running).toBe(true)
  await expect.poll(() => converter.running).toBe(false)
  expect(await converter.run({ do: 'inspect', path, name: 'a.png' })).toMatchObject({ kind: 'image' })
})
