import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { sendReceipts } from '../../sidecar/contract/index.ts'
import { type DoorPort, PacedPort } from '../../sidecar/doors/paced-port.ts'

function channel(): { paced: PacedPort; window: MessagePort; sent(): number; push(count: number): Promise<void> } {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const paced = new PacedPort(port1 as unknown as DoorPort)
  let sent = 0
  const push = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await paced.room()
      paced.postMessage(n)
      sent++
    }
  }
  return { paced, window: port2 as unknown as MessagePort, sent: () => sent, push }
}

const aWhile = async (): Promise<void> => {
  for (let n = 0; n < 50; n++) await turnOfTheLoop()
}

test('a window that takes nothing is sent no more than a little', async () => {
  const { push, sent } = channel()
  void push(10_000)
  await aWhile()
  expect(sent()).toBe(64)
})

test('a window that takes what comes gets all of it in order; receipts reach nobody else', async () => {
  const { paced, push, window } = channel()
  const heard: unknown[] = []
  const [seen, all] = [[] as unknown[], Promise.withResolvers<void>()]
  paced.addEventListener('message', ({ data }) => heard.push(data))
  window.addEventListener('message', ({ data }) => {
    seen.push(data)
    if (seen.length === 1000) all.resolve()
  })
  sendReceipts(window)
  window.start()
  await push(1000)
  await all.promise
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => n))
  window.postMessage('hello')
  await aWhile()
  expect(heard).toEqual(['hello'])
})

test('a port that closes holds nobody back', async () => {
  const { push, sent, window } = channel()
  const pushing = push(100)
  await aWhile()
  expect(sent()).toBe(64)
  window.close()
  await pushing
})
