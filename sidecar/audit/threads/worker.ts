import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from '../../foundation/index.ts'
import { Lanes } from '../merkle/lanes.ts'
import { AuditStore } from '../store.ts'
import { measureRecord } from './measure.ts'
import type { Answer, Measured, Question, ThreadData } from './protocol.ts'

const port = parentPort!
const { lanes: module, record } = workerData as ThreadData
const lanes = new Lanes(module)
const db = openReader(record.database)
const store = new AuditStore(db, record.folder)

port.on('message', ({ id, job }: Question) => {
  let measured: Measured = {}
  try {
    measured = measureRecord(lanes, db, store, job)
  } catch {
    // What cannot be read is read again with care, where its fault is named.
  }
  port.postMessage({ id, ...measured } satisfies Answer)
})
