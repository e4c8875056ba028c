import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, type BoxProcess, createProcessSandbox } from '../../sidecar/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-start-')))
const workspace = join(root, 'workspace')
mkdirSync(workspace)
const sandbox = createProcessSandbox({
  home: join(root, 'home'),
  tmpRoot: join(root, 'home', 'tmp'),
  personHome: join(root, 'person'),
  allowHosts: [],
})
const readiness = await sandbox.readiness()
if (!readiness.ready) console.warn(`Tests of started processes skipped: ${readiness.reason}. ${readiness.mend}`)

let box: Box
beforeAll(async () => {
  box = await sandbox.open(workspace)
})
afterAll(async () => {
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

interface Followed {
  process: BoxProcess
  output(): string
  /** Settles when the output matches. */
  until(pattern: RegExp): Promise<string>
}

async function start(command: string, inBox = box): Promise<Followed> {
  let output = ''
  const process = await inBox.start({
    command,
    cwd: workspace,
    onOutput: (text) => {
      output += text
    },
  })
  const until = async (pattern: RegExp): Promise<string> => {
    for (let tries = 0; tries < 1500 && !pattern.test(output); tries += 1) await sleep(20)
    expect(output).toMatch(pattern)
    return output
  }
  return { process, output: () => output, until }
}

describe.skipIf(!readiness.ready)('a started process', () => {
  it('reads what is written to it, prints in order, and ends by itself', async () => {
    const { process, until, output } = await start(
      'echo ready >&2; while read line; do echo "got $line"; [ "$line" = end ] && exit 7; done',
    )
    await until(/ready/)
    await process.write('one 🐂\n')
    await until(/got one 🐂/)
    await process.write('end\n')
    expect(await process.exit).toEqual({ code: 7, signal: null, reason: 'exit' })
    expect(output()).toBe('ready\ngot one 🐂\ngot end\n')
    await expect(process.write('more')).rejects.toMatchObject({ code: 'process.ended' })
    await process.kill()
  })

  it('has the environment and the fence of every command', async () => {
    const { process, output } = await start(`echo $TMPDIR; pwd; touch ${root}/outside; ls ${root}/home`)
    await process.exit
    const [tmp, cwd, ...refused] = output().trim().split('\n')
    expect([tmp, cwd]).toEqual([box.tmp, workspace])
    expect(refused.join('\n')).toContain('Read-only file system')
  })

  it('is killed with all that it started', async () => {
    const { process, until } = await start('setsid sleep 4711 & (trap "" TERM; echo ready; sleep 4712)')
    await until(/ready/)
    await process.kill()
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(
      await box.run({
        command: 'true',
        cwd: workspace,
        timeoutMs: 20_000,
        signal: new AbortController().signal,
        onOutput: () => {},
      }),
    ).toMatchObject({ code: 0 })
    expect(runningSleeps()).toEqual([])
  })

  it('ends with its box', async () => {
    const other = await sandbox.open(workspace)
    const { process, until } = await start('echo ready; sleep 4713', other)
    await until(/ready/)
    await other.close()
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(runningSleeps()).toEqual([])
    await expect(start('true', other)).rejects.toMatchObject({ code: 'sandbox.closed' })
  })

  it('waits in the pipe while its output is not taken', async () => {
    let taken = 0
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const process = await box.start({
      command: 'yes | head -c 20000000; echo; echo done > flood-ended',
      cwd: workspace,
      onOutput: (text) => {
        taken += text.length
        return gate
      },
    })
    while (taken === 0) await sleep(20)
    await sleep(300)
    expect(taken).toBeLessThan(1 << 20)
    expect((await box.resolve('flood-ended', 'read').catch((error) => error)).code).toBe('path.notFound')
    open()
    expect(await process.exit).toMatchObject({ code: 0 })
    expect(taken).toBe(20_000_001)
  })

  it('makes a writer wait while it does not read, and tells it when it ends', async () => {
    const { process, until } = await start('echo ready; sleep 4714')
    await until(/ready/)
    const writing = process.write('x'.repeat(4 << 20))
    expect(await Promise.race([writing, sleep(200, 'waits')])).toBe('waits')
    await process.kill()
    await expect(writing).rejects.toMatchObject({ code: 'process.ended' })
  })

  it('ends when its output cannot be taken', async () => {
    const process = await box.start({
      command: 'echo x; sleep 4715',
      cwd: workspace,
      onOutput: () => {
        throw new Error('full')
      },
    })
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(runningSleeps()).toEqual([])
  })
})

/** The sleeps of this file that run on this computer. */
function runningSleeps(): string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      } catch {
        return ''
      }
    })
  return lines.filter((line) => /^sleep 471\d$/.test(line))
}
