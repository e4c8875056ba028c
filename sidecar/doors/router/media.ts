import { OxbowError } from '../../foundation/index.ts'
import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function mediaRouter(os: Implementer['media'], { media, log, models }: Services) {
  return {
    put: os.put.handler(({ input: { file } }) => media.put(file, file.name)),
    append: os.append.handler(async ({ input: { uploadId, at, piece } }) => ({ size: await media.append(uploadId, at, piece) })),
    finish: os.finish.handler(({ input: { uploadId, name, size } }) => media.finish(uploadId, name, size)),
    get: os.get.handler(({ input: { hash, variant } }) => media.read(hash, variant)),
    text: os.text.handler(({ input: { hash } }) => media.text(hash)),
    check: os.check.handler(async ({ input: { sessionId, model, media: sent } }) => {
      if (model !== undefined) await models.check(model)
      const ref = model ?? (sessionId && log.summary(sessionId).model)
      if (ref === undefined)
        throw new OxbowError('BAD_REQUEST', 'media.whichModel', 'for which model?', 'Name a model or a session.')
      return media.check(sent, ref)
    }),
  }
}
