import { X509Certificate } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { readHost } from '../../sidecar/policy/egress/index.ts'
import { Certificates } from '../../sidecar/sandbox/egress/certificates.ts'

const drawn = vi.hoisted(() => ({ first: 0, second: 0 }))
vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomBytes: (size: number) => Buffer.alloc(size, 7).fill(drawn.first, 0, 1).fill(drawn.second, 1, 2),
}))

describe("a box's certificates", () => {
  it.each([
    [0, 1],
    [0, 0],
    [0, 255],
    [127, 0],
    [128, 0],
    [255, 255],
  ])('are taken by OpenSSL and positive, whatever bytes were drawn (%i, %i)', async (first, second) => {
    Object.assign(drawn, { first, second })
    const certificates = new Certificates(systemClock)
    await certificates.contextFor(readHost('a.test'))
    const root = new X509Certificate((await certificates.trusted()).split(/(?=-----BEGIN CERTIFICATE-----)/).at(-1)!)
    const serial = Buffer.from(root.serialNumber.padStart(32, '0'), 'hex')
    expect(serial[0]).toBeLessThan(128)
    expect(serial.at(-1)).toBe(7)
  })
})
