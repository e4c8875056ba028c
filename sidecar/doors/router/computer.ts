import { browse } from '../folders.ts'
import { metricsText } from '../metrics.ts'
import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function modelsRouter(os: Implementer['models'], { models }: Services) {
  return {
    health: os.health.handler(() => ({ models: models.health() })),
    list: os.list.handler(async ({ input: filter = { limit: Infinity } }) => {
      const { model, why } = await models.chosen()
      const { limit, ...wanted } = filter
      const found = await models.list(wanted)
      return { models: found.slice(0, limit), total: found.length, default: model, why }
    }),
    probe: os.probe.handler(async () => ({ found: await models.probe() })),
    setDefault: os.setDefault.handler(async ({ input }) => {
      await models.check(input.model)
      await models.setDefault(input.model)
      return {}
    }),
    refresh: os.refresh.handler(() => models.refresh()),
  }
}

export function configRouter(os: Implementer['config'], { settings }: Services) {
  return {
    list: os.list.handler(() => settings.list()),
    set: os.set.handler(({ input }) => settings.set(input.key, input.value)),
  }
}

export function foldersRouter(os: Implementer['folders']) {
  return { browse: os.browse.handler(({ input }) => browse(input.path)) }
}

export function systemRouter(os: Implementer['system'], services: Services) {
  return {
    status: os.status.handler(() => services.status()),
    doctor: os.doctor.handler(async () => ({ checks: await services.doctor() })),
    link: os.link.handler(() => ({ url: services.link() })),
    metrics: os.metrics.handler(async () => ({ text: await metricsText(services) })),
    stop: os.stop.handler(() => {
      services.stop()
      return {}
    }),
  }
}
