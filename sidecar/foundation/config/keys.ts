/** A tree of settings as it came from a file, the environment or the command line. */
export type Tree = { [key: string]: unknown }

export const toCamel = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
export const toSnake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** Whether the keys below a path are names that a person chose: of providers, and of the headers of one. */
export const isChosen = (path: readonly PropertyKey[]): boolean =>
  path[0] === 'providers' && (path.length === 1 || (path.length === 3 && path[2] === 'headers'))

/** Keys of a file in the names the code uses; names that a person chose (provider ids) stay as they are. */
export function camelKeys(tree: Tree, path: readonly string[] = []): Tree {
  const chosen = isChosen(path)
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => {
      const name = chosen ? key : toCamel(key)
      return [name, isTree(value) ? camelKeys(value, [...path, name]) : value]
    }),
  )
}

/** `providers.skip_validation` stands among names that a person chose; it is `models.skip_validation`. */
export function withoutAliases(tree: Tree): Tree {
  if (!isTree(tree.providers) || !('skip_validation' in tree.providers)) return tree
  const { skip_validation: skipValidation, ...providers } = tree.providers
  return merge({ ...tree, providers }, { models: { skipValidation } })
}

/** The path of a setting as it stands in a file: `gateway.allow_remote`. */
export function fileKey(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (isChosen(path.slice(0, index)) ? String(key) : toSnake(String(key)))).join('.')
}

/** Every leaf of a tree with its path. */
export function leaves(tree: Tree, path: readonly string[] = []): { path: string[]; value: unknown }[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leaves(value, [...path, key]) : [{ path: [...path, key], value }],
  )
}

/** Sets one leaf, making the tables on the way. */
export function setPath(tree: Tree, path: readonly string[], value: unknown): void {
  let table = tree
  for (const key of path.slice(0, -1)) {
    if (!isTree(table[key])) table[key] = {}
    table = table[key] as Tree
  }
  table[path.at(-1)!] = value
}

/** The deeper value wins; lists are replaced, not joined. */
export function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const known = merged[key]
    merged[key] = isTree(known) && isTree(value) ? merge(known, value) : value
  }
  return merged
}
