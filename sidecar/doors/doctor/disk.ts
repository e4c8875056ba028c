import { statfs } from 'node:fs/promises'
import { broken, type DoctorContext, type Finding, ok, warning } from './context.ts'
import { existing } from './existing.ts'

const GIB = 1024 ** 3
const LEAST = GIB / 10
const FEW = GIB

export async function checkDisk({ home }: DoctorContext): Promise<Finding> {
  const folder = await existing(home.root)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const detail = `${(free / GIB).toFixed(1)} GiB free at ${folder}`
  const mend = 'Free space on this disk, or set OXBOW_HOME to a folder on another one.'
  if (free < LEAST) return broken(detail, mend)
  return free < FEW ? warning(detail, mend) : ok(detail)
}
