import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unjudgedInWords } from '../../sidecar/contract/index.ts'
import { openPlace } from './malicious/place.ts'
import { order, runTurn } from './malicious/run.ts'

test('a rule is tried on the calls of the past week before it is saved, and nothing runs', async () => {
  const place = await openPlace()
  try {
    const workspace = place.workspace({ 'a.md': 'x\n' })
    const exec = (command: string) => ({ call: 'exec', args: { command } })
    await runTurn(
      place.client,
      { workspace, mode: 'auto' },
      order({ call: 'read', args: { path: 'a.md' } }, exec('ls'), exec('echo a >> b.md')),
    )
    const deny = { effect: 'deny', program: 'echo' } as const
    expect(await place.client.policy.simulate({ add: [deny] })).toMatchObject({
      calls: 3,
      changed: 1,
      examples: [{ before: 'allow', after: 'deny', title: 'echo a >> b.md' }],
    })
    expect((await place.client.policy.rules({})).rules).toEqual([])
    await place.client.policy.add(deny)
    expect(await place.client.policy.simulate({ add: [deny] })).toMatchObject({ calls: 3, changed: 0 })
    expect(await place.client.policy.simulate({ remove: [0] })).toMatchObject({
      changed: 1,
      examples: [{ before: 'deny', after: 'allow' }],
    })
    expect(await place.client.policy.simulate({ role: 'reader' })).toMatchObject({
      calls: 3,
      more: false,
      changed: 1,
      examples: [{ title: 'ls', before: 'allow', after: 'deny' }],
    })
    await expect(place.client.policy.simulate({ remove: [1] })).rejects.toThrow('there is no rule 1')
  } finally {
    await place.close()
  }
})

test('calls of a workspace whose rules or settings cannot be read are counted by themselves, and the others are judged', async () => {
  const place = await openPlace()
  try {
    const exec = (command: string) => ({ call: 'exec', args: { command } })
    const [good, rules, settings] = [place.workspace(), place.workspace(), place.workspace()]
    await runTurn(place.client, { workspace: good, mode: 'auto' }, order(exec('echo a')))
    await runTurn(place.client, { workspace: rules, mode: 'auto' }, order(exec('echo b'), exec('echo c')))
    await runTurn(place.client, { workspace: settings, mode: 'auto' }, order(exec('echo d')))
    for (const workspace of [rules, settings]) mkdirSync(join(workspace, '.oxbow'), { recursive: true })
    writeFileSync(join(rules, '.oxbow/policy.toml'), '[[rule]]\neffect = "allow"\n')
    writeFileSync(join(settings, '.oxbow/config.toml'), '[nothing]\n')
    const deny = { effect: 'deny', program: 'echo' } as const
    const found = await place.client.policy.simulate({ add: [deny] })
    expect(found).toMatchObject({ calls: 1, changed: 1, examples: [{ title: 'echo a' }] })
    expect(unjudgedInWords(found)).toEqual([
      expect.stringMatching(`^1 call in ${settings} cannot be judged: .*config.toml`),
      expect.stringMatching(`^2 calls in ${rules} cannot be judged: .*may only ask or deny`),
    ])
    for (const workspace of [rules, settings]) rmSync(join(workspace, '.oxbow'), { recursive: true })
    expect(await place.client.policy.simulate({ add: [deny] })).toMatchObject({ calls: 4, changed: 4, unjudged: [] })
  } finally {
    await place.close()
  }
})
