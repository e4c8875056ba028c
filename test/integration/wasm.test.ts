import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Snippets } from '../../sidecar/sandbox/wasm/index.ts'

const log = { warn: () => {} }
const worker = join(import.meta.dirname, '../../sidecar/sandbox/wasm/worker.ts')
const snippets = new Snippets({ worker, log })
afterAll(() => snippets.close())

const never = new AbortController().signal
const run = (language: 'javascript' | 'python', code: string, more: { data?: unknown; deadlineMs?: number } = {}) =>
  snippets.run(
    {
      language,
      code,
      deadlineMs: more.deadlineMs ?? 20_000,
      ...(more.data !== undefined && { data: JSON.stringify(more.data) }),
    },
    never,
  )
const js = (code: string, more = {}) => run('javascript', code, more)
const python = (code: string, more = {}) => run('python', code, more)

describe('JavaScript', () => {
  test('prints, gives the last value, and waits for what it promised', async () => {
    expect(await js('console.log("a", {b: [1]}); 6 * 7')).toEqual({ output: 'a {"b":[1]}\n', cut: false, value: '42' })
    expect(await js('Promise.resolve([1, 2]).then((list) => list.map((n) => n * 2))')).toMatchObject({ value: '[2,4]' })
    expect(await js('new Promise(() => {})')).toMatchObject({ error: 'it waits for what never comes' })
    expect(await js('Promise.reject(new TypeError("no"))')).toMatchObject({ error: expect.stringContaining('TypeError: no') })
    expect(await js('data.words.map((word) => word.length)', { data: { words: ['ä', '𝄞a\u2028"'] } })).toMatchObject({
      value: '[1,5]',
    })
    expect(await js('throw new RangeError("far")')).toMatchObject({ error: expect.stringContaining('RangeError: far') })
  })

  test('finds nothing of this computer, whichever way it looks', async () => {
    const names = [
      'process',
      'require',
      'module',
      'fetch',
      'WebAssembly',
      'XMLHttpRequest',
      'Deno',
      'os',
      'std',
      'setTimeout',
      'Worker',
      'navigator',
    ]
    expect(await js(`[${names.map((name) => `typeof ${name}`).join()}].join()`)).toMatchObject({
      value: names.map(() => 'undefined').join(),
    })
    for (const way of [
      'this.constructor.constructor("return typeof process")()',
      '(() => {}).constructor("return typeof process")()',
      '(async () => {}).constructor("return typeof process")()',
      'console.log.constructor("return typeof process")()',
      'print.constructor("return typeof process")()',
      'Reflect.construct(Function, ["return typeof process"])()',
      'new Error().constructor.constructor("return typeof process")()',
      '(function () { return typeof this.process })()',
      'let out; try { null.x } catch (error) { out = error.constructor.constructor("return typeof process")() } out',
    ])
      expect(await js(way), way).toMatchObject({ value: expect.stringMatching(/^(undefined|\[object Promise\]|\{\})$/) })
    for (const way of [
      'import("node:fs")',
      'import("fs").then(() => 1)',
      'import("file:///etc/passwd")',
      'import("https://a.example/")',
    ])
      expect(await js(way), way).toHaveProperty('error')
    expect(await js('import fs from "fs"')).toHaveProperty('error')
  })

  test('leaves nothing for the next one', async () => {
    await js(
      'globalThis.kept = 1; Object.prototype.polluted = 1; Array.prototype.map = () => "mine"; JSON.stringify = () => "mine"; 1',
    )
    expect(await js('[typeof kept, typeof ({}).polluted, [1].map((n) => n + 1), JSON.stringify([1])].join()')).toMatchObject({
      value: 'undefined,undefined,2,[1]',
    })
  })

  test('changes what it is given only for itself', async () => {
    const spoiled = await js(
      'String.prototype.slice = () => { throw 1 }; Array.prototype[Symbol.iterator] = null; Function.prototype.call = null; console.log("x"); 7',
    )
    expect(spoiled.output + (spoiled.error ?? '')).toMatch(/x|not iterable|not a function/)
    expect(await js('1 + 1')).toMatchObject({ value: '2' })
    expect(await js('({ toJSON() { throw new Error("a") }, toString() { throw new Error("b") } })')).toHaveProperty('value')
    expect(await js('throw { toString: null, toJSON() { throw 1 } }')).toHaveProperty('error')
    expect(await js('new Proxy({}, { get() { throw 1 }, ownKeys() { throw 1 } })')).toHaveProperty('value')
  })

  test.each([
    ['a loop', 'while (true);'],
    ['a loop of promises', 'const again = () => Promise.resolve().then(again); again()'],
    ['a pattern', '/^(a+)+$/.test("a".repeat(60) + "b")'],
    [
      'a getter of its error',
      'throw { get message() { while (true); }, toString() { while (true); }, toJSON() { while (true); } }',
    ],
  ])('ends %s', async (_, code) => {
    expect(await js(code, { deadlineMs: 300 })).toMatchObject({
      error: expect.stringMatching(/stopped|out of memory|cannot be shown/),
    })
    expect(await js('1 + 1')).toMatchObject({ value: '2' })
  })

  test.each([
    ['one text', '"x".repeat(2 ** 28).length'],
    ['many texts', 'const all = []; while (true) all.push("x".repeat(1e6) + all.length)'],
    ['a buffer', 'new Uint8Array(1e9).length'],
    ['an array', 'new Array(2 ** 28).fill(0).length'],
    ['many buffers', 'const all = []; while (true) all.push(new Uint8Array(1e6).fill(1))'],
  ])('bounds memory: %s', async (_, code) => {
    expect(await js(code)).toHaveProperty('error')
    expect(await js('1 + 1')).toMatchObject({ value: '2' })
  })

  test.each([
    ['a function', 'const f = () => f() + 1; f()'],
    ['a comparison', 'const f = () => [2, 1].sort(f); f()'],
    ['JSON', 'JSON.parse("[".repeat(200000))'],
    ['a getter', 'const o = { get a() { return this.a } }; o.a'],
    ['source text', 'eval("(".repeat(100000))'],
    ['a pattern', 'new RegExp("(".repeat(100000) + ")".repeat(100000))'],
    ['a proxy', 'let p = {}; for (let n = 0; n < 1e5; n++) p = new Proxy(p, {}); p.x'],
  ])('bounds depth: %s', async (_, code) => {
    const { error, value } = await js(code)
    expect(error ?? value).toBeDefined()
    expect(await js('1 + 1')).toMatchObject({ value: '2' })
  })

  test('bounds what is printed', async () => {
    const flood = await js('for (let n = 0; n < 5000; n++) console.log("x".repeat(1000))')
    expect(flood).toMatchObject({ cut: true })
    expect(flood.output.length).toBeLessThanOrEqual(64 * 1024)
    expect((await js('"x".repeat(1e6)')).value!.length).toBeLessThanOrEqual(16 * 1024)
  })
})

describe('Python', () => {
  test('prints, and tells an error with its line', async () => {
    expect(await python('print(sum(n * n for n in range(10)))')).toEqual({ output: '285\n', cut: false })
    expect(await python('import json, re\nprint(json.dumps(data["a"]), "ä𝄞")', { data: { a: [1, 'é"\u2028\\'] } })).toMatchObject(
      {
        output: '[1, "é\\"\u2028\\\\"] ä𝄞\n',
      },
    )
    const { output, error } = await python('print(1)\nraise ValueError("wrong")')
    expect(output).toBe('1\n')
    expect(error).toMatch(/line 2[\s\S]*ValueError: wrong$/)
  })

  test('has the module js, and nothing in it', async () => {
    for (const way of [
      'import js\njs.process',
      'import js\njs.globalThis',
      'import js\njs.fetch("https://a.example/")',
      'from js import process',
      'import js\ngetattr(js, "constructor")',
      'import js\njs.x = 1',
      'import js\nsetattr(js, "x", 1)',
      'import jsffi\njsffi.create_proxy(print)',
      'import jsffi\njsffi.to_js({})',
      'import jsffi\njsffi.JsProxy()',
      'import jsffi\njsffi.JsProxy(0)',
      'import asyncio\nasync def f():\n  await asyncio.sleep(1)\nasyncio.run(f())',
    ])
      expect(await python(way), way).toHaveProperty('error')
    expect(await python('import js\nprint([name for name in dir(js) if name[0] != "_"])')).toMatchObject({ output: '[]\n' })
  })

  test('has no files, no input and no other modules', async () => {
    for (const way of [
      'open("/etc/passwd").read()',
      'open("made", "w")',
      'import os\nos.listdir("/")',
      'import os\nos.mkdir("/x")',
      'import os\nos.getenv("HOME")',
      'import os\nos.system("id")',
      'input()',
      'import sys\nsys.stdin.read()',
      'import socket',
      'import subprocess',
      'import ctypes',
    ])
      expect(await python(way), way).toHaveProperty('error')
  })

  test('reads and writes by address only in memory of its own', async () => {
    for (const way of [
      'import uctypes\nuctypes.bytes_at(2 ** 31, 16)',
      'import uctypes\nuctypes.bytearray_at(0, 2 ** 26 * 2)[2 ** 26 + 5] = 1',
    ])
      expect(await python(way), way).toHaveProperty('error')
    // Whatever it makes of its own engine, the next one is whole.
    await python('import uctypes\nb = uctypes.bytearray_at(0, 2 ** 24)\nfor n in range(0, 2 ** 24, 64): b[n] = 255')
    expect(await python('print(1)')).toMatchObject({ output: '1\n' })
  })

  test('ends a loop with its thread, and goes on with another', async () => {
    expect(await python('while True: pass', { deadlineMs: 100 })).toMatchObject({ error: expect.stringContaining('stopped') })
    expect(await python('print("there")')).toMatchObject({ output: 'there\n' })
  })

  test('bounds memory, depth and output', async () => {
    expect(await python('bytearray(2 ** 30)')).toMatchObject({ error: 'out of memory' })
    expect(await python('a = []\nwhile True: a.append(bytearray(1000000))')).toMatchObject({ error: 'out of memory' })
    expect((await python('def f(): return f()\nf()')).error).toMatch(/recursion/)
    expect(await python('x = "[" * 50000\nimport json\njson.loads(x)')).toHaveProperty('error')
    const flood = await python('for n in range(3000): print("x" * 1000)')
    expect(flood.cut).toBe(true)
    expect(flood.output.length).toBeLessThanOrEqual(64 * 1024)
    expect(await python('print(1)')).toMatchObject({ output: '1\n' })
  })

  test('leaves nothing for the next one', async () => {
    await python('import builtins, sys\nbuiltins.kept = 1\nkept_too = 2\nsys.modules["json"] = 3')
    expect(
      await python('import json\nprint("kept" in dir(__import__("builtins")), "kept_too" in globals(), json.dumps(1))'),
    ).toMatchObject({
      output: 'False False 1\n',
    })
  })
})

test('as it is built, it is the same, bounds and all', async () => {
  const built = new Snippets({ worker: join(import.meta.dirname, '../../out/main/wasm-worker.cjs'), log })
  const call = (language: 'javascript' | 'python', code: string) => built.run({ language, code, deadlineMs: 20_000 }, never)
  try {
    expect(await call('javascript', '6 * 7')).toEqual({ output: '', cut: false, value: '42' })
    expect(await call('python', 'print(6 * 7)')).toEqual({ output: '42\n', cut: false })
    expect(await call('javascript', 'const all = []; while (true) all.push(new Uint8Array(1e6).fill(1))')).toMatchObject({
      error: 'out of memory',
    })
    expect(await call('python', 'a = []\nwhile True: a.append(bytearray(1000000))')).toMatchObject({ error: 'out of memory' })
  } finally {
    await built.close()
  }
})

describe('the thread', () => {
  test('has an engine ready for each language, and none of them runs twice', async () => {
    for (let round = 0; round < 3; round++) {
      expect(await js('const was = typeof globalThis.kept; globalThis.kept = 1; was')).toMatchObject({ value: 'undefined' })
      expect(await python('print("kept" in globals())\nkept = 1')).toMatchObject({ output: 'False\n' })
    }
    // What was printed before has no part in it either.
    await Promise.all([js('print("a")'), js('print("b")')])
    expect(await js('print("c")')).toMatchObject({ output: 'c\n' })
  })

  test('ends when there is nothing to do', async () => {
    const brief = new Snippets({ worker, log, idleMs: 1 })
    await brief.run({ language: 'javascript', code: '1', deadlineMs: 20_000 }, never)
    await expect.poll(() => brief.running, { timeout: 20_000 }).toBe(false)
    await brief.close()
  })

  test('is ended by an abort; who waits is served by the next one', async () => {
    const abort = new AbortController()
    const endless = snippets.run({ language: 'python', code: 'while True: pass', deadlineMs: 60_000 }, abort.signal)
    const next = js('2 + 3')
    abort.abort(new Error('enough'))
    await expect(endless).rejects.toThrow('enough')
    expect(await next).toMatchObject({ value: '5' })
  })

  test('lets so many wait and no more, and lets nobody wait at the end', async () => {
    const full = new Snippets({ worker, log })
    const asked = Array.from({ length: 40 }, () =>
      full
        .run({ language: 'python', code: 'while True: pass', deadlineMs: 60_000 }, never)
        .catch((error: { code: string }) => error.code),
    )
    await full.close()
    const codes = await Promise.all(asked)
    expect(codes.filter((code) => code === 'snippet.busy')).toHaveLength(7)
    expect(codes.filter((code) => code === 'snippet.stopping')).toHaveLength(33)
    await expect(full.run({ language: 'python', code: '1', deadlineMs: 1000 }, never)).rejects.toMatchObject({
      code: 'snippet.stopping',
    })
  })
})
