import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST' | 'DELETE', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['hosts'] })

/** A host that agents may reach, and where. Without an id it stands in the settings. */
export const AllowedHost = z.object({
  id: z.number().int().optional(),
  /** `example.com` (ports 80 and 443), `*.example.com`, `example.com:8443`, `localhost:11434`, `GET,HEAD example.com`. */
  host: z.string(),
  scope: z.enum(['everywhere', 'workspace', 'session']),
  workspace: z.string().optional(),
  sessionId: SessionId.optional(),
  addedAt: Timestamp.optional(),
})
export type AllowedHost = z.infer<typeof AllowedHost>

export const hosts = {
  list: route('GET', '/hosts', 'The hosts that agents may reach').output(
    z.object({
      hosts: z.array(AllowedHost),
      /** Where those of the settings stand. */
      path: z.string(),
    }),
  ),
  allow: route('POST', '/hosts', 'Let agents reach a host, everywhere or in one workspace or session only')
    .input(
      z
        .strictObject({
          host: z.string().min(1).max(300),
          workspace: z.string().max(4096).optional(),
          sessionId: SessionId.optional(),
        })
        .refine((input) => input.workspace === undefined || input.sessionId === undefined, 'name a workspace or a session'),
    )
    .output(AllowedHost),
  remove: route('DELETE', '/hosts/{id}', 'Let agents reach a host no longer')
    .input(z.object({ id: z.coerce.number().int().positive() }))
    .output(z.object({})),
}
