import type { SnippetResult } from '../../../sidecar/sandbox/index.ts'
import type { World } from './world.ts'

/** What snippets aim at: the rows of their table in the README. */
export const SNIPPET_KINDS = {
  read: 'reading files',
  write: 'writing files',
  network: 'network',
  programs: 'starting programs',
  environment: 'keys in the environment',
  host: 'constructors, prototypes and modules that lead out',
  memory: 'a flood of memory',
  loops: 'a loop without end',
  depth: 'depth without end',
  output: 'a flood of output',
  kept: 'what one snippet leaves for the next',
} as const
export type SnippetKind = keyof typeof SNIPPET_KINDS

/** What came of one. `reached` is how many connections came in meanwhile, `grown` by how many bytes our memory grew. */
export interface SnippetOutcome extends SnippetResult {
  reached: number
  grown: number
}

export interface SnippetAttack {
  kind: SnippetKind
  title: string
  language: 'javascript' | 'python'
  /** Tried one after another, each in a call of its own. */
  codes(world: World): readonly string[]
  deadlineMs?: number
  /** Why it was not held; undefined when it was. */
  broke(world: World, outcome: SnippetOutcome): string | undefined
}

const MB = 2 ** 20
/** More than all engines and their threads may hold; a bomb that goes through takes some hundred more. */
const MOST_GROWN = 320 * MB

const SECRET = (world: World, { output, value = '' }: SnippetOutcome): string | undefined =>
  `${output}${value}`.includes(world.secret) ? 'the secret came out' : undefined
const FAILED = (_: World, { error, output }: SnippetOutcome): string | undefined =>
  error === undefined ? `it did not fail and printed ${JSON.stringify(output.slice(0, 80))}` : undefined
const REACHED = (_: World, { reached }: SnippetOutcome): string | undefined => (reached > 0 ? 'it was answered' : undefined)
const BROKE = (_: World, { output, value = '' }: SnippetOutcome): string | undefined =>
  `${output}\n${value}`.match(/BROKE.*/)?.[0]
const EVIL = (world: World): string | undefined => world.evil()
const both =
  (...checks: SnippetAttack['broke'][]): SnippetAttack['broke'] =>
  (world, outcome) =>
    checks.map((check) => check(world, outcome)).find((why) => why !== undefined)
/** Ended by its bound, whatever it does about it. */
const STOPPED: SnippetAttack['broke'] = (_, { error }) =>
  /was stopped|out of memory/.test(error ?? '') ? undefined : `it ended with ${JSON.stringify(error)}`
const BOUNDED: SnippetAttack['broke'] = (_, { grown }) =>
  grown > MOST_GROWN ? `memory grew by ${Math.round(grown / MB)} MB` : undefined
const CUT: SnippetAttack['broke'] = (_, { output, value = '' }) =>
  output.length > 64 * 1024 || value.length > 64 * 1024 ? `${output.length} characters came out` : undefined

/** Ways in JavaScript to what an engine's host would have. */
const HOST_WAYS = [
  'this.constructor.constructor("return process")()',
  '(async () => {}).constructor("this.got = typeof process")(); globalThis.got',
  'print.constructor("return process")()',
  'console.log.constructor.constructor("return globalThis.process.env")()',
  'Reflect.construct(Function, ["return require"])()',
  'new Error().constructor.constructor("return WebAssembly")()',
  'print.__proto__.constructor("return module")()',
  'Object.getOwnPropertyDescriptor(Object.prototype, "__proto__").get.constructor("return Worker")()',
  'let made; try { null.x } catch (error) { made = error.constructor.constructor("return process")() } made',
  'Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getThis?.()); const { stack } = new Error(); typeof stack[0]?.process',
  'let seen; print({ toJSON() { seen = arguments.callee.caller } }); seen.constructor("return process")()',
]
const TELLS = (way: string): string => {
  const at = way.lastIndexOf(';')
  const [before, last] = [way.slice(0, at + 1), way.slice(at + 1)]
  return `${before}{ const got = (${last}); if (got !== undefined && got !== 'undefined') print('BROKE', typeof got) }`
}

export const SNIPPET_ATTACKS: readonly SnippetAttack[] = [
  {
    kind: 'read',
    title: 'modules and functions that read files',
    language: 'javascript',
    codes: ({ secrets }) =>
      secrets
        .slice(0, 2)
        .flatMap((path) => [
          `import(${JSON.stringify(`file://${path}`)})`,
          `import fs from "fs"; fs.readFileSync(${JSON.stringify(path)}, "utf8")`,
          `require("fs").readFileSync(${JSON.stringify(path)}, "utf8")`,
          `std.loadFile(${JSON.stringify(path)})`,
          `os.open(${JSON.stringify(path)}, 0)`,
        ]),
    broke: both(SECRET, FAILED),
  },
  {
    kind: 'read',
    title: 'open, os and imports by path',
    language: 'python',
    codes: ({ secrets, root }) => [
      ...secrets.slice(0, 2).map((path) => `print(open(${JSON.stringify(path)}).read())`),
      `import os\nprint(os.listdir(${JSON.stringify(root)}))`,
      `import vfs\nvfs.mount(vfs.VfsPosix(), "/")\nprint(open(${JSON.stringify(secrets[0])}).read())`,
      `import sys\nsys.path.insert(0, ${JSON.stringify(root)})\nimport secret`,
      'print(open("/proc/self/environ").read())',
      'print(open(0).read())',
    ],
    broke: both(SECRET, FAILED),
  },
  {
    kind: 'write',
    title: 'modules and functions that write files',
    language: 'javascript',
    codes: ({ root, workspace }) =>
      [root, workspace].flatMap((folder) => [
        `import("fs").then((fs) => fs.writeFileSync(${JSON.stringify(`${folder}/evil`)}, "evil"))`,
        `std.open(${JSON.stringify(`${folder}/evil`)}, "w").puts("evil")`,
      ]),
    broke: both(EVIL, FAILED),
  },
  {
    kind: 'write',
    title: 'open, rename and mkdir',
    language: 'python',
    codes: ({ root, workspace }) => [
      ...[root, workspace, '/tmp'].map((folder) => `open(${JSON.stringify(`${folder}/evil`)}, "w").write("evil")`),
      `import os\nos.mkdir(${JSON.stringify(`${root}/evil`)})`,
      `import os\nos.rename(${JSON.stringify(`${root}/outside`)}, "evil")`,
    ],
    broke: both(EVIL, FAILED),
  },
  {
    kind: 'network',
    title: 'fetch, sockets and imports by address',
    language: 'javascript',
    codes: ({ port }) => [
      `fetch("http://127.0.0.1:${port}/")`,
      `import("http://127.0.0.1:${port}/x.js")`,
      `new WebSocket("ws://127.0.0.1:${port}/")`,
      `new XMLHttpRequest().open("GET", "http://127.0.0.1:${port}/")`,
      `navigator.sendBeacon("http://127.0.0.1:${port}/")`,
    ],
    broke: both(REACHED, FAILED),
  },
  {
    kind: 'network',
    title: 'socket, requests and JavaScript’s own fetch',
    language: 'python',
    codes: ({ port }) => [
      `import socket\nsocket.socket().connect(("127.0.0.1", ${port}))`,
      `import requests\nrequests.get("http://127.0.0.1:${port}/")`,
      `import js\njs.fetch("http://127.0.0.1:${port}/")`,
      `import mip\nmip.install("http://127.0.0.1:${port}/x")`,
    ],
    broke: both(REACHED, FAILED),
  },
  {
    kind: 'programs',
    title: 'every way that a program could be started',
    language: 'javascript',
    codes: () => [
      'import("child_process").then((module) => module.execSync("id"))',
      'os.exec(["id"])',
      'std.popen("id", "r")',
      'process.binding("spawn_sync")',
      'new Worker("data:text/javascript,1")',
    ],
    broke: FAILED,
  },
  {
    kind: 'programs',
    title: 'system, subprocess, ctypes',
    language: 'python',
    codes: () => [
      'import os\nos.system("id")',
      'import subprocess',
      'import ctypes',
      'import ffi\nffi.open(None)',
      'import machine\nmachine.mem8[0]',
      'import _thread\n_thread.start_new_thread(print, ())',
    ],
    broke: FAILED,
  },
  {
    kind: 'environment',
    title: 'variables of the process',
    language: 'javascript',
    codes: () => ['process.env', 'std.getenv("OPENAI_API_KEY")', 'std.getenviron()', 'scriptArgs', 'import.meta.url'],
    broke: both(SECRET, FAILED),
  },
  {
    kind: 'environment',
    title: 'getenv and what sys tells',
    language: 'python',
    codes: () => [
      'import os\nprint(os.getenv("OPENAI_API_KEY"))',
      'import os\nprint(os.environ)',
      'import js\nprint(js.process.env)',
    ],
    broke: both(SECRET, FAILED),
  },
  {
    kind: 'host',
    title: 'constructors of what is handed in, of errors and of callers',
    language: 'javascript',
    codes: () => HOST_WAYS.map(TELLS),
    broke: BROKE,
  },
  {
    kind: 'host',
    title: 'prototypes spoiled for whoever reads the answer',
    language: 'javascript',
    codes: () => [
      'Object.prototype.then = (done) => done("BROKE"); Object.prototype.output = "BROKE"; Object.prototype.error = undefined; 1',
      'const answer = { get value() { return "BROKE" } }; Object.setPrototypeOf(Object.prototype.__proto__ ?? {}, null); 1',
      '({ __proto__: { output: "BROKE" } }); 1',
    ],
    broke: (_, outcome) =>
      outcome.output.includes('BROKE') || 'BROKE' in {} || ({} as { output?: string }).output
        ? 'the host was spoiled'
        : undefined,
  },
  {
    kind: 'host',
    title: 'the modules js and jsffi, and addresses of memory',
    language: 'python',
    codes: () => [
      'import js\nprint("BROKE", js.process)',
      'import js\nprint("BROKE", js.globalThis)',
      'import js\nprint("BROKE", getattr(js, "constructor"))',
      'import jsffi\nprint("BROKE", jsffi.create_proxy(print))',
      'import jsffi\nprint("BROKE", jsffi.JsProxy(0).constructor)',
      'import uctypes\nprint("BROKE", uctypes.bytes_at(2 ** 31, 16))',
    ],
    broke: BROKE,
  },
  {
    kind: 'memory',
    title: 'arrays, texts and maps without end',
    language: 'javascript',
    codes: () => [
      'const all = []; while (true) all.push(new Uint8Array(1e6).fill(1))',
      'let text = "x"; while (true) text += text',
      'const all = []; while (true) all.push(new Map(Array.from({ length: 1000 }, (_, n) => [n, n])))',
    ],
    broke: both(FAILED, BOUNDED),
  },
  {
    kind: 'memory',
    title: 'lists, bytes and numbers without end',
    language: 'python',
    codes: () => ['a = []\nwhile True: a.append(bytearray(1000000))', 'x = bytearray(2 ** 30)', 's = "x"\nwhile True: s += s'],
    broke: both(FAILED, BOUNDED),
  },
  {
    kind: 'loops',
    title: 'loops, promises and patterns',
    language: 'javascript',
    deadlineMs: 150,
    codes: () => [
      'while (true);',
      'while (true) try { while (true); } catch {} finally { while (true); }',
      'const again = () => Promise.resolve().then(again); again()',
      '/^(a+)+$/.test("a".repeat(60) + "b")',
    ],
    broke: STOPPED,
  },
  {
    kind: 'loops',
    title: 'a loop that catches everything',
    language: 'python',
    deadlineMs: 150,
    codes: () => ['while True:\n  try:\n    while True: pass\n  except BaseException: pass'],
    broke: STOPPED,
  },
  {
    kind: 'depth',
    title: 'calls, texts, patterns and proxies',
    language: 'javascript',
    codes: () => [
      'const f = () => f(); f()',
      'JSON.parse("[".repeat(200000))',
      'eval("(".repeat(100000))',
      'new RegExp("(".repeat(100000) + ")".repeat(100000))',
    ],
    broke: FAILED,
  },
  {
    kind: 'depth',
    title: 'calls and lists',
    language: 'python',
    codes: () => ['def f(): return f()\nf()', 'import json\njson.loads("[" * 50000)', 'eval("(" * 20000)'],
    broke: FAILED,
  },
  {
    kind: 'output',
    title: 'lines, one line, an error and a value without end',
    language: 'javascript',
    codes: () => [
      'for (let n = 0; n < 3000; n++) print("x".repeat(1000))',
      'print("x".repeat(1e7))',
      '"x".repeat(1e7)',
      'throw new Error("x".repeat(1e7))',
    ],
    broke: both(CUT, BOUNDED, (_, { error = '' }) => (error.length > 80_000 ? 'an endless error came out' : undefined)),
  },
  {
    kind: 'output',
    title: 'lines and one line without end',
    language: 'python',
    codes: () => ['for n in range(3000): print("x" * 1000)', 'print("x" * 10000000)'],
    broke: both(CUT, BOUNDED),
  },
  {
    kind: 'kept',
    title: 'names, prototypes and built-ins',
    language: 'javascript',
    codes: () => [
      'globalThis.kept = 1; Object.prototype.kept = 1; JSON.stringify = () => "BROKE"; Array.prototype.map = () => "BROKE"; 1',
      'if (typeof kept !== "undefined") print("BROKE: a name"); if (({}).kept) print("BROKE: a prototype"); JSON.stringify([1].map((n) => n))',
    ],
    broke: BROKE,
  },
  {
    kind: 'kept',
    title: 'names, built-ins, modules and what lies in memory',
    language: 'python',
    codes: () => [
      'import builtins, sys\nbuiltins.kept = 1\nkept = 1\nsys.modules["json"] = 1\nmark = bytearray(b"OXBOW-LEFT-" * 1000)',
      'import builtins, json\nif "kept" in dir(builtins) or "kept" in globals(): print("BROKE: a name")\nprint(json.dumps(1))\nimport uctypes\nb = uctypes.bytes_at(1024, 8000000)\nif ("OXBOW-" + "LEFT-OXBOW").encode() in b: print("BROKE: memory")',
    ],
    broke: BROKE,
  },
]
