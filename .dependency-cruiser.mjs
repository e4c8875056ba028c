/**
 * The floors of the house. A room imports only from floors below it, siblings not at all, and enters other rooms through their
 * index.ts. Types count like values: a type that reaches up is a dependency too.
 */
const FLOORS = [
  ['contract'],
  ['foundation'],
  ['audit'],
  ['policy'],
  ['providers', 'sandbox', 'memory', 'media'],
  ['tools'],
  ['kernel'],
  ['agents', 'schedule', 'interop', 'channels'],
  ['doors'],
]
/** The files beside the rooms are above all of them. */
const TOP = '^sidecar/[^/]+\\.ts$'

const ROOMS = FLOORS.flat()
const anyOf = (names) => `(${names.join('|')})`

const floors = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const below = [...FLOORS.slice(0, floor).flat(), room]
    return {
      name: `floor-${floor}-${room}`,
      comment: `sidecar/${room} may import only from the floors below it`,
      severity: 'error',
      from: { path: `^sidecar/${room}/` },
      to: { path: '^sidecar/', pathNot: `^sidecar/${anyOf(below)}/` },
    }
  }),
)

export default {
  forbidden: [
    ...floors,
    {
      name: 'no-unknown-room',
      comment: 'every file in sidecar/ belongs to a room that has a floor',
      severity: 'error',
      from: { path: '^sidecar/', pathNot: [`^sidecar/${anyOf(ROOMS)}/`, TOP] },
      to: {},
    },
    {
      name: 'through-the-index',
      comment:
        'a room is entered through its index.ts; the doors to the command line and the doctor each have their own, and so has egress, which no start needs',
      severity: 'error',
      from: { path: `^(?:sidecar/(${ROOMS.join('|')})/|sidecar/[^/]+$)` },
      to: {
        path: `^sidecar/${anyOf(ROOMS)}/`,
        pathNot: [
          '^sidecar/$1/',
          '^sidecar/[^/]+/index\\.ts$',
          '^sidecar/doors/(cli|doctor)/index\\.ts$',
          '^sidecar/(policy|sandbox)/egress/index\\.ts$',
        ],
      },
    },
    {
      name: 'no-shell-in-the-sidecar',
      comment: 'the sidecar is a plain Node program: no Electron, no shell, no screen',
      severity: 'error',
      from: { path: '^sidecar/' },
      to: { path: ['^(main|preload|renderer)/', '(^|/)electron(/|$)'] },
    },
    {
      name: 'outside-knows-the-contract-only',
      comment: 'shell, bridge and screen import from the sidecar only sidecar/contract',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/' },
      to: { path: '^sidecar/', pathNot: '^sidecar/contract/' },
    },
    {
      name: 'screen-is-no-shell',
      comment: 'the renderer runs in a page: neither Electron nor the shell',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: ['^(main|preload)/', '(^|/)electron(/|$)'] },
    },
    {
      name: 'shell-is-no-screen',
      severity: 'error',
      from: { path: '^(main|preload)/' },
      to: { path: '^renderer/' },
    },
    {
      name: 'contract-is-pure',
      comment: "the contract imports zod and oRPC's contract, and nothing that only one side has",
      severity: 'error',
      from: { path: '^sidecar/contract/' },
      to: { pathNot: ['^sidecar/contract/', 'node_modules/(zod|@orpc/contract|@orpc/zod)/'] },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing-module', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // The TypeScript compiler of this project is the native one, which dependency-cruiser cannot use; swc parses as well.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\?(worker|url|raw|inline)' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
