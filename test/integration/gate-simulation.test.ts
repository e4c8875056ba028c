import { expect, test } from 'vitest'
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
