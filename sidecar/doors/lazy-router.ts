import type { Client } from '../contract/index.ts'
import type { Router } from './router/index.ts'
import type { Services } from './services.ts'

/** The one router, built for the first caller: the contract's schemas take longer than the rest of a start. */
export function lazyRouter(services: Services): () => Promise<Router> {
  let router: Promise<Router> | undefined
  return () => {
    router ??= import('./router/index.ts').then(({ createRouter }) => createRouter(services))
    return router
  }
}

/** The contract in this process, without a door. */
export async function routerClient(router: () => Promise<Router>): Promise<Client> {
  const [{ createRouterClient }, built] = await Promise.all([import('@orpc/server'), router()])
  return createRouterClient(built)
}
