/** One entry of an initramfs. */
export type CpioEntry =
  | { path: string; kind: 'folder' }
  | { path: string; kind: 'file'; mode: number; data: Uint8Array }
  | { path: string; kind: 'link'; target: string }

const TYPE = { folder: 0o040755, file: 0o100000, link: 0o120777 } as const

/** An archive in the form that the kernel unpacks at its start ("newc"). The same entries give the same bytes. */
export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, at) => record(entry, at + 1))
  return Buffer.concat([...parts, ...record({ path: 'TRAILER!!!', kind: 'file', mode: 0, data: Buffer.alloc(0) }, 0)])
}

function record(entry: CpioEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${entry.path}\0`)
  const data = entry.kind === 'file' ? entry.data : Buffer.from(entry.kind === 'link' ? entry.target : '')
  const mode = entry.kind === 'file' ? TYPE.file | entry.mode : TYPE[entry.kind]
  const fields = [inode, mode, 0, 0, entry.kind === 'folder' ? 2 : 1, 0, data.length, 0, 0, 0, 0, name.length, 0]
  const head = Buffer.from(`070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`)
  return [padded(Buffer.concat([head, name])), padded(data)]
}

function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)])
}
