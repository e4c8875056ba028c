import { useEffect, useState } from 'react'
import { inWords, type Words } from '../../connection/words.ts'
import { online, useConnection } from '../../stores/connection.ts'

type Variant = 'original' | 'preview'

interface Held {
  url: Promise<string>
  users: number
}

/** Files held that nothing on the screen shows; the least recently used goes first. */
const MOST_UNUSED = 40
const held = new Map<string, Held>()

function hold(hash: string, variant: Variant): Held {
  const key = `${hash} ${variant}`
  const known = held.get(key)
  held.delete(key)
  const entry: Held = known ?? {
    url: online()
      .media.get({ hash, variant })
      .then((file) => URL.createObjectURL(file)),
    users: 0,
  }
  entry.users++
  held.set(key, entry)
  entry.url.catch(() => held.delete(key))
  return entry
}

function letGo(entry: Held): void {
  entry.users--
  const unused = [...held].filter(([, { users }]) => users === 0)
  for (const [key, { url }] of unused.slice(0, Math.max(0, unused.length - MOST_UNUSED))) {
    held.delete(key)
    void url.then((address) => URL.revokeObjectURL(address))
  }
}

/** The address of a stored file for as long as it is shown; nothing is fetched while `wanted` is false. */
export function useObjectUrl(hash: string, variant: Variant, wanted = true): { url?: string; problem?: Words } {
  const line = useConnection((store) => store.client !== null)
  const [state, setState] = useState<{ url?: string; problem?: Words }>({})
  useEffect(() => {
    if (!wanted || !line) return
    let shown = true
    const entry = hold(hash, variant)
    entry.url.then(
      (url) => shown && setState({ url }),
      (error: unknown) => shown && setState({ problem: inWords(error) }),
    )
    return () => {
      shown = false
      letGo(entry)
    }
  }, [hash, variant, wanted, line])
  return state
}

/** Saves a stored file where the person's downloads go. */
export async function saveFile(hash: string, name: string): Promise<void> {
  const entry = hold(hash, 'original')
  try {
    const link = document.createElement('a')
    link.href = await entry.url
    link.download = name
    link.click()
  } finally {
    letGo(entry)
  }
}
