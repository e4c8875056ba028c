import { useState } from 'react'

/** What a person opened or closed, kept while its row is off the screen. */
const KEPT = 500
const memory = new Map<string, boolean>()

/** Open or closed; as `preset` says until the person chooses. */
export function useFold(key: string, preset: boolean): [boolean, () => void] {
  const [chosen, setChosen] = useState(() => memory.get(key))
  const open = chosen ?? preset
  const toggle = () => {
    const oldest = memory.size >= KEPT ? memory.keys().next().value : undefined
    if (oldest !== undefined) memory.delete(oldest)
    memory.set(key, !open)
    setChosen(!open)
  }
  return [open, toggle]
}
