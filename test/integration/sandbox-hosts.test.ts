import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProgram, systemClock } from '../../sidecar/foundation/index.ts'
import { createEgress } from '../../sidecar/sandbox/egress/index.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'
import { temporaryFolder } from '../fixtures/log.ts'

/**
 * What a request to a host ends with in a box of this workspace. The proxy refuses a host that is not allowed with 403, before it
 * looks its name up; an allowed one gets further (here to another error, where there is no network). Without any way out it is 000.
 */
async function ask(host: string, allowHosts: string[], limit: string[] | undefined): Promise<string> {
  const home = temporaryFolder()
  // No name is looked up but in here.
  const egress = fixedEgress(allowHosts, { within: limit, resolve: async () => [] })
  const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts, egress: async () => egress })
  onTestFinished(async () => {
    await sandbox.close()
    await egress.close()
  })
  const workspace = temporaryFolder()
  const box = await sandbox.open(workspace)
  onTestFinished(() => box.close())
  let output = ''
  const onOutput = (text: string): void => {
    output += text
  }
  const signal = new AbortController().signal
  const exit = await box.run({
    command: `curl -s -m 5 -o /dev/null -w '%{http_code}' http://${host}/ || true`,
    cwd: workspace,
    timeoutMs: 20_000,
    signal,
    onOutput,
  })
  expect(exit.code).toBe(0)
  return output
}

const { readiness } = createProcessSandbox({ home: '/nonexistent', tmpRoot: tmpdir(), allowHosts: ['good.invalid'] })
// Names that never resolve: nothing leaves this computer.
const ready = (await readiness()).ready && findProgram('curl') !== undefined

test.skipIf(!ready).each<[string, string[], string[] | undefined, boolean]>([
  ['good.invalid', [], undefined, false],
  ['good.invalid', ['good.invalid'], undefined, true],
  ['good.invalid', ['good.invalid'], ['good.invalid', 'evil.invalid'], true],
  ['evil.invalid', ['good.invalid'], ['good.invalid', 'evil.invalid'], false],
  ['good.invalid', ['good.invalid'], [], false],
  ['good.invalid', ['good.invalid'], ['evil.invalid'], false],
  ['api.good.invalid', ['*.good.invalid'], ['api.good.invalid'], true],
  ['www.good.invalid', ['*.good.invalid'], ['api.good.invalid'], false],
  ['notgood.invalid', ['*.good.invalid'], ['notgood.invalid'], false],
  ['good.invalid', [], ['good.invalid'], false],
])('%s, allowed %j, the workspace says %j: reached %s', async (host, allowHosts, limit, reached) => {
  const code = await ask(host, allowHosts, limit)
  if (reached) expect(['000', '403']).not.toContain(code)
  else expect(['000', '403']).toContain(code)
})

test('a workspace whose config is wrong opens no box', async () => {
  const home = temporaryFolder()
  const egress = createEgress({
    clock: systemClock,
    run: home,
    log: { debug: () => {} },
    allowed: () => Promise.reject(new Error('the config is wrong')),
  })
  const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: [], egress: async () => egress })
  await expect(sandbox.open(temporaryFolder())).rejects.toThrow('the config is wrong')
})
