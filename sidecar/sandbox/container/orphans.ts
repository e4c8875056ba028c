import { rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { bounded, type Engine } from './engine.ts'
import { isOrphan, LABEL } from './labels.ts'

/** Time for an engine to end a container, in milliseconds. */
export const REMOVE_MS = 15_000

/**
 * Removes containers whose maker has died, of any home. Most end by themselves when their maker does; this is for an engine
 * that was restarted meanwhile. @returns how many were removed
 */
export async function sweepOrphans({ docker }: Engine): Promise<number> {
  const filters = { label: [LABEL.owner] }
  const found = await bounded(docker.listContainers({ all: true, filters }))
  let removed = 0
  for (const { Id, Labels } of found) {
    if (!(await isOrphan(Labels))) continue
    await bounded(docker.getContainer(Id).remove({ force: true, v: true }), REMOVE_MS).catch(() => {})
    removeStandIn(Labels[LABEL.workspace])
    removed += 1
  }
  return removed
}

/** Takes away the empty folder that stood in for a missing `.oxbow` while a container ran. */
function removeStandIn(workspace: string | undefined): void {
  try {
    if (workspace !== undefined) rmdirSync(join(workspace, '.oxbow'))
  } catch {
    // It is not there, or it is somebody's.
  }
}
