import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { procedureEvent } from '../../sidecar/doors/router/recorded.ts'

test('what is remembered is recorded by id and digest, never by its words', () => {
  const text = 'The gate code is 4711'
  const saved = procedureEvent(['memory', 'save'], { text }, { id: 'mem_1', text })
  expect(saved).toEqual({
    kind: 'memory',
    actor: 'person',
    title: 'Memory saved',
    data: { ids: 'mem_1', sha256: hash('sha256', text, 'base64url') },
  })
  const corrected = procedureEvent(['memory', 'update'], { id: 'mem_1', text }, { id: 'mem_2', text })
  expect(corrected).toMatchObject({ title: 'Memory corrected', data: { ids: 'mem_2' } })
  const ids = Array.from({ length: 25 }, (_, n) => `mem_${n}`)
  const forgotten = procedureEvent(['memory', 'forget'], { ids }, { forgotten: 25 })
  expect(forgotten).toMatchObject({ title: 'Memories forgotten: 25', data: { more: 5 } })
  expect(procedureEvent(['memory', 'forget'], { ids, dryRun: true }, { forgotten: 25 })).toBeUndefined()
  const answered = procedureEvent(['memory', 'answer'], { id: 'qst_1', answer: 'yes' }, { memory: { id: 'mem_9', text } })
  expect(answered).toMatchObject({ data: { ids: 'mem_9' } })
  for (const event of [saved, corrected, forgotten, answered]) expect(JSON.stringify(event)).not.toContain('4711')
})

test('changes of settings, rules, hosts and secrets are recorded; their values where they are no secrets', () => {
  expect(procedureEvent(['config', 'set'], { key: 'policy.mode', value: 'ask' }, {})).toMatchObject({
    kind: 'config',
    title: 'Setting changed: policy.mode',
    content: { key: 'policy.mode', value: 'ask' },
  })
  const secret = procedureEvent(['secrets', 'set'], { name: 'github', value: 'hunter2', hosts: ['a.example'] }, {})
  expect(secret).toMatchObject({ kind: 'secret', title: 'Secret kept or changed: github' })
  expect(JSON.stringify(secret)).not.toContain('hunter2')
  for (const path of ['policy.add', 'policy.remove', 'hosts.allow', 'hosts.remove', 'vault.copy', 'audit.seal', 'budgets.set'])
    expect(procedureEvent(path.split('.'), {}, {}), path).toBeDefined()
  expect(procedureEvent(['sessions', 'list'], {}, {})).toBeUndefined()
})
