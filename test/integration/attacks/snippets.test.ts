import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Snippets } from '../../../sidecar/sandbox/index.ts'
import { SNIPPET_ATTACKS, SNIPPET_KINDS, type SnippetKind } from './snippet-attacks.ts'
import { createWorld, type World } from './world.ts'

/** Every attack of the snippets' table, against real engines; after each of them the next snippet must be served. */
describe.skipIf(process.platform !== 'linux')('run_code', () => {
  const snippets = new Snippets({
    worker: join(import.meta.dirname, '../../../sidecar/sandbox/wasm/worker.ts'),
    log: { warn: () => {} },
  })
  const { signal } = new AbortController()
  const key = process.env.OPENAI_API_KEY
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    process.env.OPENAI_API_KEY = world.secret
  })
  afterAll(async () => {
    if (key === undefined) delete process.env.OPENAI_API_KEY
    else process.env.OPENAI_API_KEY = key
    await snippets.close()
    world.close()
  })

  it.each(Object.entries(SNIPPET_KINDS) as [SnippetKind, string][])('holds: %s (%s)', async (kind) => {
    const broken: string[] = []
    for (const { language, title, codes, deadlineMs = 20_000, broke } of SNIPPET_ATTACKS.filter((one) => one.kind === kind))
      for (const code of codes(world)) {
        const [connections, memory] = [world.connections(), process.memoryUsage.rss()]
        const result = await snippets.run({ language, code, deadlineMs }, signal)
        const outcome = {
          ...result,
          reached: world.connections() - connections,
          grown: process.memoryUsage.rss() - memory,
        }
        const how = broke(world, outcome)
        if (how !== undefined) broken.push(`${title}: ${how}, by ${code.slice(0, 200)}`)
      }
    expect(broken).toEqual([])
    expect(await snippets.run({ language: 'javascript', code: '6 * 7', deadlineMs: 20_000 }, signal)).toMatchObject({
      value: '42',
    })
    expect(await snippets.run({ language: 'python', code: 'print(6 * 7)', deadlineMs: 20_000 }, signal)).toMatchObject({
      output: '42\n',
    })
  })
})
