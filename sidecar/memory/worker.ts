import { parentPort, workerData } from 'node:worker_threads'
import { IndexThread } from './thread/index-thread.ts'
import type { ThreadData, ToThread } from './thread/protocol.ts'

const port = parentPort!
const { database, wanted } = workerData as ThreadData
const thread = new IndexThread(database, wanted, (message, transfer) => port.postMessage(message, transfer ?? []))
port.on('message', (message: ToThread) => thread.receive(message))
