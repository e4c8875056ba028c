import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Calls to the kernel's keyrings by architecture as the kernel numbers it (AUDIT_ARCH), from its system call tables. */
const CALLS = {
  x64: [
    [0xc000003e, 248, 250],
    [0x40000003, 286, 288],
  ],
  arm64: [
    [0xc00000b7, 217, 219],
    [0x40000028, 309, 311],
  ],
}
/** Codes of classic BPF, and what a filter of system calls answers. */
const LOAD = 0x20
const EQUALS = 0x15
const AT_LEAST = 0x35
const MORE = 0x25
const RETURN = 0x06
const ALLOW = 0x7fff0000
const REFUSE = 0x00050000 | 1
/**
 * A filter of system calls that closes the kernel's keyrings, as bubblewrap's `--seccomp` takes it: a box inherits the person's session
 * keyring, and what is in it. (https://docs.kernel.org/userspace-api/seccomp_filter.html)
 */
function keyringFilter(arch) {
  const tables = CALLS[arch].flatMap(([number, from, to]) => [
    [LOAD, 0, 0, 4],
    [EQUALS, 0, 4, number],
    [LOAD, 0, 0, 0],
    [AT_LEAST, 0, 2, from],
    [MORE, 1, 0, to],
    [RETURN, 0, 0, REFUSE],
  ])
  const bytes = Buffer.alloc((tables.length + 1) * 8)
  for (const [at, [code = 0, yes = 0, no = 0, value = 0]] of [...tables, [RETURN, 0, 0, ALLOW]].entries()) {
    bytes.writeUInt16LE(code, at * 8)
    bytes.writeUInt8(yes, at * 8 + 2)
    bytes.writeUInt8(no, at * 8 + 3)
    bytes.writeUInt32LE(value, at * 8 + 4)
  }
  return bytes
}

for (const arch of Object.keys(CALLS))
  writeFileSync(join(import.meta.dirname, `../../resources/sandbox/keyrings-${arch}.bpf`), keyringFilter(arch))
