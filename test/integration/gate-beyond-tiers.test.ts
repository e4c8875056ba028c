import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ToolPart } from '../../sidecar/contract/index.ts'
import { testImage } from '../fixtures/container-image.ts'
import { testVm } from '../fixtures/microvm.ts'
import { openPlace, type Place } from './malicious/place.ts'
import { order, type Ran, runTurn } from './malicious/run.ts'

const container = await testImage()
const microvm = await testVm()
const tiers = [
  {
    tier: 'container',
    missing: container.image === undefined ? container.missing : undefined,
    settings: { 'sandbox.container.image': container.image },
    prepare() {},
  },
  {
    tier: 'microvm',
    missing: microvm.missing,
    settings: { 'sandbox.microvm.root': 'none', 'sandbox.microvm.memory_mb': 256 },
    prepare: ({ oxbowHome }: Place) => cpSync(microvm.images!, join(oxbowHome, 'vm'), { recursive: true }),
  },
]
for (const { tier, missing } of tiers) if (missing !== undefined) console.warn(`Tests of ${tier}s skipped: ${missing}.`)

const tools = ({ view }: Ran): ToolPart[] => view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
const widened = ({ asked }: Ran) => asked.flatMap(({ widen }) => (widen ? [widen] : []))

describe.each(tiers)('a command in a $tier that lacks a file of the person', ({ tier, missing, settings, prepare }) => {
  describe.skipIf(missing !== undefined)('which is there', () => {
    let place: Place
    let notes: string
    beforeAll(async () => {
      place = await openPlace({ 'sandbox.tier': tier, ...settings })
      prepare(place)
      notes = join(place.outside, 'notes')
      mkdirSync(notes)
      for (const name of ['plan.txt', 'other.txt']) writeFileSync(join(notes, name), `the ${name}\n`)
    }, 120_000)
    afterAll(() => place?.close())

    const exec = (command: string, answer: Parameters<typeof runTurn>[3]) =>
      runTurn(
        place.client,
        { workspace: place.workspace(), mode: 'auto' as const },
        order({ call: 'exec', args: { command } }),
        answer,
      )

    test('asks for it, and reads it alone after a yes', async () => {
      const ran = await exec(`cat ${notes}/plan.txt && { ls ${notes}; name=plan.txt; echo x >> ${notes}/$name; true; }`, true)
      expect(widened(ran)).toEqual([{ path: join(notes, 'plan.txt'), use: 'read' }])
      const [{ status, output }] = tools(ran) as [ToolPart & { output: string }]
      expect({ status, output }).toMatchObject({ status: 'done', output: expect.stringContaining('the plan.txt') })
      expect(output).not.toContain('other.txt')
      expect(readFileSync(join(notes, 'plan.txt'), 'utf8')).toBe('the plan.txt\n')
    }, 120_000)

    test('writes it alone after a yes, also where it is new', async () => {
      const path = join(notes, 'log.txt')
      const ran = await exec(`echo one >> ${path} && { echo two > ${notes}/beside.txt; true; }`, true)
      expect(widened(ran)).toEqual([{ path, use: 'write' }])
      expect(tools(ran)).toMatchObject([{ status: 'done' }])
      expect(readFileSync(path, 'utf8')).toBe('one\n')
      expect(readdirSync(notes).sort()).toEqual(['log.txt', 'other.txt', 'plan.txt'])
    }, 120_000)

    test('leaves all as it was after a no', async () => {
      const path = join(notes, 'never.txt')
      const ran = await exec(`echo one > ${path}`, ({ widen }) => !widen)
      expect(widened(ran)).toEqual([{ path, use: 'write' }])
      expect(tools(ran)).toMatchObject([{ status: 'failed' }])
      expect(existsSync(path)).toBe(false)
    }, 120_000)

    test('asks nobody for what is the system’s, holds secrets, or is run later', async () => {
      for (const command of ['cat /etc/group', 'cat HOME/.ssh/id_ed25519', 'echo x >> HOME/.bashrc'])
        expect(widened(await exec(place.fill(command), true))).toEqual([])
    }, 120_000)
  })
})
