import { useEffect, useRef, useState } from 'react'

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** Takes files that are dropped anywhere on the window, which would else show them in its place. @returns whether some are over it */
export function useFileDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false)
  const take = useRef(onFiles)
  take.current = onFiles
  useEffect(() => {
    const listening = new AbortController()
    const on = { signal: listening.signal }
    const drag = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    window.addEventListener('dragover', drag, on)
    // Leaving for another element is no leaving of the window.
    window.addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), on)
    window.addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setOver(false)
        take.current([...(event.dataTransfer?.files ?? [])])
      },
      on,
    )
    return () => listening.abort()
  }, [])
  return over
}
