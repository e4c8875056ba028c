import type { z } from 'zod'
import { OxbowError } from '../errors.ts'
import { nearMiss } from '../near-miss.ts'
import { fileKey, toSnake } from './keys.ts'

/** Where a layer of settings comes from, in words: a path, or `environment`, `command line`. */
export interface Source {
  name: string
  /** The text, where it is a file: for line numbers. */
  text?: string | undefined
}

/** The first thing wrong with a layer, by file, line and key, and what is expected there. */
export async function problem(issue: z.core.$ZodIssue, source: Source, known: readonly string[]): Promise<OxbowError> {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey]
  const key = fileKey(path)
  const line = source.text === undefined ? undefined : await lineOf(source.text, path.map(String))
  const place = line === undefined ? source.name : `${source.name}:${line}`
  if (unknownKey === undefined) return invalid(`${place}: ${key}: ${issue.message}`, 'Set it right, or remove the line.')
  const near = nearMiss(key, known)
  return invalid(
    `${place}: there is no setting "${key}"`,
    near ? `Did you mean "${near}"?` : `The settings are: ${known.join(', ')}.`,
  )
}

export const invalid = (message: string, hint?: string, cause?: unknown): OxbowError =>
  new OxbowError('BAD_REQUEST', 'config.invalid', message, hint, cause)

/** The line of a key, or of the nearest table around it; from the parsed text, since the value reader keeps no places. */
async function lineOf(text: string, path: readonly string[]): Promise<number | undefined> {
  const { parseTOML, traverseNodes } = await import('toml-eslint-parser')
  let best: { depth: number; line: number } | undefined
  const wanted = path.map((key, index) => (index === 1 && path[0] === 'providers' ? key : toSnake(key)))
  traverseNodes(parseTOML(text), {
    enterNode(node) {
      if (node.type !== 'TOMLKeyValue' && node.type !== 'TOMLTable') return
      const own = node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))
      const table = node.type === 'TOMLKeyValue' && node.parent.type === 'TOMLTable' ? node.parent.resolvedKey.map(String) : []
      const full = node.type === 'TOMLTable' ? node.resolvedKey.map(String) : [...table, ...own]
      const depth = full.every((key, index) => key === wanted[index]) ? full.length : 0
      if (depth > 0 && (!best || depth > best.depth)) best = { depth, line: node.loc.start.line }
    },
    leaveNode() {},
  })
  return best?.line
}
