import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Numbers of system calls by architecture as the kernel numbers it (AUDIT_ARCH), from its tables. */
const TABLES = {
  x64: [
    { arch: 0xc000003e, keyrings: [248, 249, 250] },
    { arch: 0x40000003, keyrings: [286, 287, 288] },
  ],
  arm64: [
    { arch: 0xc00000b7, keyrings: [217, 218, 219] },
    { arch: 0x40000028, keyrings: [309, 310, 311] },
  ],
}
/** Codes of classic BPF, where it finds what is called (seccomp_data), and what a filter of system calls answers. */
const LOAD = 0x20
const EQUALS = 0x15
const AT_LEAST = 0x35
const RETURN = 0x06
const [NUMBER, ARCH] = [0, 4]
const ALLOW = [RETURN, 0, 0, 0x7fff0000]
const REFUSE = [RETURN, 0, 0, 0x00050000 | 1]
/** Numbers from here on are another table's (x32), which no program needs. */
const X32 = 0x40000000

const when = (number, ...then) => [[LOAD, 0, 0, NUMBER], [EQUALS, 0, then.length, number], ...then]

const rulesOf = ({ keyrings }) => [
  ...[[LOAD, 0, 0, NUMBER], [AT_LEAST, 0, 1, X32], REFUSE],
  ...keyrings.flatMap((number) => when(number, REFUSE)),
  ALLOW,
]

/**
 * A filter of system calls as bubblewrap's `--seccomp` takes it. It closes the kernel's keyrings, since a box inherits the person's
 * session keyring.
 * (https://docs.kernel.org/userspace-api/seccomp_filter.html)
 */
function callFilter(arch) {
  const tables = TABLES[arch].flatMap((table) => {
    const rules = rulesOf(table)
    return [[LOAD, 0, 0, ARCH], [EQUALS, 0, rules.length, table.arch], ...rules]
  })
  const instructions = [...tables, ALLOW]
  const bytes = Buffer.alloc(instructions.length * 8)
  for (const [at, [code = 0, yes = 0, no = 0, value = 0]] of instructions.entries()) {
    bytes.writeUInt16LE(code, at * 8)
    bytes.writeUInt8(yes, at * 8 + 2)
    bytes.writeUInt8(no, at * 8 + 3)
    bytes.writeUInt32LE(value, at * 8 + 4)
  }
  return bytes
}

for (const arch of Object.keys(TABLES))
  writeFileSync(join(import.meta.dirname, '../../resources/sandbox', `calls-${arch}.bpf`), callFilter(arch))
