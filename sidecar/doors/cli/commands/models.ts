import type { ModelHealth, ModelInfo, ModelPrice } from '../../../contract/index.ts'
import type { ModelsOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { table } from '../table.ts'

/** Models that a session can choose, also those of servers on this computer. */
export async function models(host: Host, options: ModelsOptions): Promise<number> {
  const { json, refresh, provider, capability, search } = options
  if (options.health) return health(host, json)
  const found = await withClient(host, async (client) => {
    if (refresh) {
      const { providers, models } = await client.models.refresh()
      host.note(`The newest catalogue knows ${models} models of ${providers} providers.`)
    }
    await client.models.probe()
    return client.models.list({
      ...(provider !== undefined && { provider }),
      ...(capability !== undefined && { capability }),
      ...(search !== undefined && { search }),
    })
  })
  if (json) {
    host.print(JSON.stringify(found))
    return EXIT.done
  }
  const rows = found.models.map((model) => [
    `${model.ref === found.default ? '*' : ' '} ${plain(model.ref)}`,
    plain(model.name),
    model.ready ? 'ready' : 'not ready',
    ...facts(model),
  ])
  for (const row of table(rows)) host.print(row)
  for (const note of new Set(found.models.flatMap((model) => (model.ready ? [] : (model.note ?? []))))) host.note(note)
  host.note(`New sessions use ${found.default}: ${found.why}`)
  return EXIT.done
}

/** How the models called so far are doing. */
async function health(host: Host, json: boolean | undefined): Promise<number> {
  const found = await withClient(host, (client) => client.models.health())
  if (json) host.print(JSON.stringify(found))
  else if (found.models.length === 0) host.note('No model was called since Oxbow started.')
  else
    for (const row of table(
      found.models.map((each) => [
        plain(each.model),
        STATES[each.state],
        left('requests', each.requests),
        left('tokens', each.tokens),
      ]),
    ))
      host.print(row)
  return EXIT.done
}

const STATES = { closed: 'answers', open: 'left alone after failures', halfOpen: 'on probation after failures' } as const

function left(what: string, allowance: ModelHealth['requests']): string {
  return allowance === undefined ? '' : `${allowance.remaining} ${what} left`
}

/** Window, price of a million tokens in and out, and what it can do. What nobody knows is left empty. */
function facts({ contextTokens, price, capabilities }: ModelInfo): string[] {
  return [
    contextTokens === undefined ? '' : `${Math.round(contextTokens / 1000)}k`,
    price === undefined ? '' : inDollars(price),
    capabilities?.join(' ') ?? '',
  ]
}

function inDollars({ input, output }: ModelPrice): string {
  return input === 0 && output === 0 ? 'free' : `$${input / 1_000_000} / $${output / 1_000_000}`
}
