/**
 * The arguments a model sent as text, as one value per call it meant: nothing is `{}`, several objects in a row are
 * several calls, and what is no JSON, or cannot be kept, stays the raw string.
 */
export function parseArgs(raw: string): unknown[] {
  const text = raw.trim()
  if (text === '') return [{}]
  const whole = tryParse(text)
  if (whole !== undefined) return [whole.value ?? {}]
  return splitObjects(text) ?? [raw]
}

/** Arguments in the only form a vendor takes back: an object. What was never JSON goes back under one name. */
export function argsObject(args: unknown): Record<string, unknown> {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args as Record<string, unknown>
  return { unparsed: args }
}

/** The name of a called tool as every vendor takes it back: models make up names that are refused. */
export const callName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || '_'

/** How deep arguments may be nested: writing JSON recurses, so what a model nests without end stops whoever writes it. */
const DEEPEST = 64

/** Whether a parsed value can be written as JSON and read back the same: `1e999` is a number that JSON does not have. */
export function canBeKept(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return depth < DEEPEST && Object.values(value).every((member) => canBeKept(member, depth + 1))
}

function tryParse(text: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return canBeKept(value) ? { value } : undefined
  } catch {
    return undefined
  }
}

/** `{…}{…}` as its objects; undefined when anything else stands between or an object is broken. */
function splitObjects(text: string): unknown[] | undefined {
  const objects: unknown[] = []
  let start = 0
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (inString) {
      if (char === '\\') i++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) {
      const object = tryParse(text.slice(start, i + 1))
      if (object === undefined) return undefined
      objects.push(object.value)
      start = i + 1
    }
    if (depth < 0 || (depth === 0 && !inString && char !== '}' && char.trim() !== '')) return undefined
  }
  return depth === 0 && !inString && objects.length > 1 ? objects : undefined
}
