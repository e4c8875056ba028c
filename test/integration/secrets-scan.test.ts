import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { follow, resting, say, toolParts } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'

const VALUE = 'planted-named-secret-93ba17'
const NEEDLES = [VALUE, encodeURIComponent(VALUE), Buffer.from(VALUE).toString('base64').replace(/=+$/, '')]

/** Every file below a folder. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

test('a secret that an agent uses by name is in no box, log, event, record or model', async () => {
  const proofs: (string | undefined)[] = []
  const server = createServer((request, response) => {
    proofs.push(request.headers['x-key'] as string | undefined)
    response.setHeader('content-type', 'text/plain')
    response.end(`you sent ${request.headers['x-key']}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const url = `http://${host}/`
  const calls = [
    { call: 'web_fetch', args: { url, headers: { 'X-Key': '{{secret:planted}}' } } },
    { call: 'exec', args: { command: `curl -sS -H 'X-Key: {{secret:planted}}' ${url} | tee answer.txt; env; ls -la $TMPDIR` } },
    { call: 'web_fetch', args: { url: 'http://other.invalid/', headers: { 'X-Key': '{{secret:planted}}' } } },
  ]
  let next = 0
  const bench = await startScripted(() => (next < calls.length ? [calls[next++]!] : [{ say: 'done' }]), { http: true })
  const { client, home, workspace, model } = bench
  await client.hosts.allow({ host })
  const { warning: _, ...set } = await client.secrets.set({ name: 'planted', value: VALUE, hosts: [host] })
  expect(set.secret).toMatchObject({ name: 'planted', hosts: [host], place: 'secrets' })

  const { id: sessionId } = await client.sessions.create({ workspace, mode: 'auto' })
  const screen = await follow(client, sessionId)
  onTestFinished(() => screen.stop())
  await say(client, sessionId, 'use it')
  for (;;) {
    const view = await screen.until('rest or a question', (now) => resting(now) || now.approvals.length > 0, 60_000)
    const asked = view.approvals[0]
    if (!asked) break
    await client.approvals.answer({ approvalId: asked.id, allow: true, scope: 'once' })
    await screen.until('the answer', (now) => now.approvals[0]?.id !== asked.id)
  }
  const parts = toolParts(screen.view)
  const shown = JSON.stringify(parts.map(({ name, status, output }) => [name, status, output.slice(0, 500)]))
  expect(proofs.filter((proof) => proof === VALUE).length, shown).toBe(2)
  expect(parts[0]!.output).toContain('you sent {{secret:planted}}')
  expect(parts[1]!.output).toContain('you sent {{secret:planted}}')
  expect(parts[2]!.status).toBe('failed')

  // The record names its use, and not what it is.
  const { entries } = await client.audit.list({ kind: 'secret', limit: 50 })
  expect(entries.filter(({ title }) => title === `Secret planted sent to ${host}`).length).toBe(2)

  const heard = JSON.stringify([
    screen.view,
    entries,
    model.requests,
    await client.secrets.list(),
    await client.hosts.list(),
    await client.config.list(),
    await client.audit.list({ limit: 100 }),
    await client.sessions.list({}),
  ])
  for (const needle of NEEDLES) expect(heard).not.toContain(needle)
  await bench.sidecar.stop()
  const holders = [...files(home), ...files(workspace)].filter((path) => {
    const text = readFileSync(path, 'latin1')
    return NEEDLES.some((needle) => text.includes(needle))
  })
  expect(holders.map((path) => path.slice(home.length + 1))).toEqual(['secrets.toml'])
})
