import { basename, resolve, sep } from 'node:path'
import { collect, type Program } from './collect.ts'
import { dangers, type Ground } from './dangers.ts'
import { parseShell } from './grammar.ts'
import { unwrap } from './unwrap.ts'
import type { Word } from './words.ts'
import { written } from './written.ts'

/** A program that a line starts, with its words. */
export interface Started {
  name: string
  words: readonly Word[]
  /** Files it is told to read by `<`. */
  reads: readonly Word[]
}

/** What a command line would do, as far as reading it tells. */
export interface Judgement {
  /** Every program it starts, by name, in the order they stand; those inside others too. */
  programs: string[]
  /** The same, each with its words. */
  started: Started[]
  /** Every word of theirs that is known before, with the files they are told to read and write. */
  words: string[]
  /** Those of them that are files it is told to write. */
  writes: string[]
  /** Whether there are words that only running it would tell. */
  blind: boolean
  /** What is dangerous about it, in plain words. */
  dangers: string[]
  /** Why it cannot be told what it does; undefined where it can. */
  unclear: string | undefined
}

/** Shell text within shell text within …: nobody writes more. */
const MOST_NESTED = 6
/** Programs in one line. */
const MOST_PROGRAMS = 500

/**
 * Judges a command line by its effect: every program in pipes, lists, substitutions, here-documents, and inside `env`, `xargs`,
 * `find -exec`, `sh -c`, `sudo` and their like. What cannot be read is unclear, never harmless.
 * @param options.home the person's home, which `~` stands for
 */
export async function judgeCommand(command: string, options: { workspace: string; home: string }): Promise<Judgement> {
  const judgement: Judgement = {
    programs: [],
    started: [],
    words: [],
    writes: [],
    blind: false,
    dangers: [],
    unclear: undefined,
  }
  const scripts: { text: string; depth: number }[] = [{ text: command, depth: 0 }]
  for (let script = scripts.pop(); script && !judgement.unclear; script = scripts.pop()) {
    const { text, depth } = script
    const parsed = await parseShell(text)
    const found = parsed && collect(parsed.root, parsed.whole, options.home)
    if (!found) judgement.unclear = 'it is too long, too deeply nested or too hard to be read'
    else {
      judgement.unclear = found.unclear
      const waiting = found.programs.filter(({ words: [name] }) => name === undefined || !found.functions.has(name)).reverse()
      judgeAll(waiting, depth)
    }
  }
  return { ...judgement, dangers: [...new Set(judgement.dangers)] }

  function judgeAll(waiting: Program[], depth: number): void {
    const ground: Ground = { workspace: options.workspace, inside: true }
    for (let program = waiting.pop(); program && !judgement.unclear; program = waiting.pop()) {
      const [first, ...words] = program.words
      if (first === undefined && program.words.length > 0) {
        judgement.unclear = 'only running it would tell which program it starts'
        return
      }
      if (judgement.programs.length >= MOST_PROGRAMS) {
        judgement.unclear = 'it starts too many programs to be read'
        return
      }
      const name = basename(first ?? ':')
      judgement.programs.push(name)
      judgement.started.push({ name, words, reads: program.reads })
      for (const word of [first, ...words, ...program.writes, ...program.reads]) {
        if (word === undefined) judgement.blind = true
        else judgement.words.push(word)
      }
      judgement.writes.push(...written(name, words, program))
      for (const danger of dangers) {
        const said = danger(name, words, program, ground)
        if (said) judgement.dangers.push(said)
      }
      if (name === 'cd' || name === 'pushd')
        ground.inside &&= isInside(
          words.find((word) => word === undefined || !word.startsWith('-')),
          words.length,
          ground,
        )
      if (name === 'source' || name === '.') {
        if (words[0] === undefined) judgement.unclear = 'only running it would tell what it reads in'
      }
      const inner = unwrap(program)
      waiting.push(...inner.programs.reverse())
      for (const script of inner.scripts) {
        if (script === undefined) judgement.unclear = `only running it would tell what ${name} is given to run`
        else if (depth >= MOST_NESTED) judgement.unclear = 'it is too deeply nested to be read'
        else scripts.push({ text: script, depth: depth + 1 })
      }
    }
  }
}

function isInside(word: string | undefined, count: number, { workspace }: Ground): boolean {
  if (count === 0 || word === undefined) return false
  const path = resolve(workspace, word)
  return path === workspace || path.startsWith(workspace + sep)
}
