import { parse } from 'smol-toml'
import { isChosen, setPath, type Tree, toCamel } from './keys.ts'

const PREFIX = 'OXBOW__'

/**
 * Settings from `OXBOW__SECTION__KEY`: `OXBOW__GATEWAY__PORT=0`, `OXBOW__PROVIDERS__OPENAI__BASE_URL=http://…`.
 * A value is read as TOML (`0`, `true`, `["a"]`); what is no TOML value is a plain string.
 */
export function environmentTree(env: NodeJS.ProcessEnv): Tree {
  const tree: Tree = {}
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue
    const path = name.slice(PREFIX.length).toLowerCase().split('__')
    const keys = path.map((key, index) => (isChosen(path.slice(0, index)) ? key : toCamel(key)))
    setPath(tree, keys, value(text))
  }
  return tree
}

function value(text: string): unknown {
  try {
    return parse(`value = ${text}`).value
  } catch {
    return text
  }
}
