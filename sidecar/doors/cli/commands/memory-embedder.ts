import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, EmbedderChoice, type EmbedderState } from '../../../contract/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

const LOOK_MS = 500

/** Shows the embedder, or chooses another; a model that is named and not there is downloaded first. */
export async function embedder(
  host: Host,
  choice: string | undefined,
  { url, keyOf, json }: JsonOption & { url?: string; keyOf?: string },
): Promise<number> {
  const wanted = choice === undefined ? undefined : parse(choice, url, keyOf)
  await withClient(host, async (client, { own }) => {
    if (wanted) {
      if (wanted.embedder.startsWith('model:')) await download(host, client, wanted.embedder.slice('model:'.length))
      await client.memory.setEmbedder(wanted)
      // Where the sidecar is our own, it is there until the work is done: an import of nothing settles then.
      if (own) await client.memory.import({ jsonl: '' })
    }
    const state = await client.memory.embedder()
    if (json) host.print(JSON.stringify(state))
    else for (const row of table(rowsOf(state))) host.print(row)
  })
  return EXIT.done
}

function parse(choice: string, url: string | undefined, keyOf: string | undefined): EmbedderChoice {
  const parsed = EmbedderChoice.safeParse({
    embedder: choice,
    ...(url !== undefined && { url }),
    ...(keyOf !== undefined && { keyOf }),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(`${issue?.path.join('.')}: ${issue?.message}`, 'For example: oxbow memory embedder model:potion-base-8M')
}

/** Downloads a model that is not there yet, and tells how far it is. */
async function download(host: Host, client: Client, name: string): Promise<void> {
  const { downloaded } = await client.memory.embedder()
  if (downloaded.includes(name)) return
  host.note(`Downloading ${name} …`)
  let state = await client.memory.downloadEmbedder({ name })
  let shown = 0
  while (state.state === 'loading') {
    await sleep(LOOK_MS)
    state = (await client.memory.embedder()).download ?? state
    const tenths = state.ofBytes === 0 ? 0 : Math.floor((state.doneBytes / state.ofBytes) * 10)
    if (tenths > shown) host.note(`${tenths * 10} % of ${Math.ceil(state.ofBytes / 1e6)} MB`)
    shown = Math.max(shown, tenths)
  }
  if (state.state === 'failed')
    throw new UsageError(`${name} was not downloaded: ${state.error}`, 'Check the name and the network.')
}

function rowsOf({ chosen, serving, building, fault, downloaded }: EmbedderState): string[][] {
  return [
    ['chosen', [chosen.embedder, chosen.url, chosen.keyOf && `key of ${chosen.keyOf}`].filter(Boolean).join(', ')],
    [
      'serving',
      serving ? `${serving.id}, ${serving.dimensions} dimensions, ${serving.embedded} memories` : 'none: by words alone',
    ],
    ...(building ? [['being indexed', `${building.done} of ${building.of}, with ${building.id}`]] : []),
    ...(fault === undefined ? [] : [['fault', fault]]),
    ...(downloaded.length > 0 ? [['downloaded', downloaded.join(', ')]] : []),
  ]
}
