import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Place {
  home: string
  workspace: string
}

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A home and a workspace of their own, gone when this process ends. */
export function newPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'oxbow-bench-'))
  folders.push(folder)
  const place = { home: join(folder, 'home'), workspace: join(folder, 'workspace') }
  mkdirSync(place.home)
  mkdirSync(place.workspace)
  return place
}
