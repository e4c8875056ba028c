import { expect, it } from 'vitest'
import { EgressRefusal } from '../../sidecar/policy/egress/index.ts'
import { type Refused, RefusedHosts } from '../../sidecar/sandbox/egress/refused.ts'

const of = { session: 'ses_one', workspace: '/work' }
const refusal = (host: string) => new EgressRefusal('host', `${host} is not allowed.`, { host, port: 443, askable: true })

it('what is refused after many others is told and asked about like any other', () => {
  const told: Refused[] = []
  const refused = new RefusedHosts((one) => told.push(one))
  for (let at = 0; at < 60; at++) refused.note(of, refusal(`decoy${at}.test`))
  refused.note(of, refusal('real.test'))
  refused.note(of, refusal('real.test'))
  expect(told).toHaveLength(61)
  expect(told.at(-1)!.host).toBe('real.test')
  const asked = refused.take('ses_one')
  expect(asked).toHaveLength(32)
  expect(asked.at(-1)!.host).toBe('real.test')
  expect(refused.take('ses_one')).toEqual([])
})

it('what is beyond all bounds is told together', () => {
  const told: Refused[] = []
  const refused = new RefusedHosts((one) => told.push(one))
  for (let at = 0; at < 2000; at++) refused.note(of, refusal(`h${at}.test`))
  expect(told).toHaveLength(1024)
  refused.take('ses_one')
  expect(told).toHaveLength(1025)
  expect(told.at(-1)).toMatchObject({ host: 'h1999.test', reason: expect.stringContaining('976 refusals more') })
})
