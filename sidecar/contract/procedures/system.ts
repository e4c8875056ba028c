import { z } from 'zod'
import { Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['system'] })

export const Status = z.object({
  version: z.string(),
  pid: z.number().int(),
  home: z.string(),
  url: z.string().optional(),
  startedAt: Timestamp,
  sessions: z.number().int(),
  runningTurns: z.number().int(),
  waitingApprovals: z.number().int(),
  rssBytes: z.number().int(),
})
export type Status = z.infer<typeof Status>

/** One finding of `doctor`: what was looked at, how it is, and how to mend it. */
export const Check = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warning', 'error', 'skipped']),
  detail: z.string(),
  mend: z.string().optional(),
})
export type Check = z.infer<typeof Check>

/** One setting: its key, its value (secrets masked) and the layer it comes from. */
export const Setting = z.object({ key: z.string(), value: z.unknown(), source: z.string() })
export type Setting = z.infer<typeof Setting>

export const system = {
  status: route('GET', '/status', 'What runs here').output(Status),
  doctor: route('GET', '/doctor', 'Check this computer and say how to mend it').output(z.object({ checks: z.array(Check) })),
  /** A link for a browser; its ticket works once, within ten minutes. */
  link: route('POST', '/link', 'A one-time link that opens Oxbow in a browser').output(z.object({ url: z.string() })),
  metrics: route('GET', '/metrics', 'What Prometheus collects, in its text format; plain at /metrics').output(
    z.object({ text: z.string() }),
  ),
  stop: route('POST', '/stop', 'Stop the sidecar once its answers are out').output(z.object({})),
}

export const config = {
  list: base
    .route({ method: 'GET', path: '/config', summary: 'Every setting and where it comes from', tags: ['config'] })
    .output(z.object({ path: z.string(), settings: z.array(Setting) })),
  set: base
    .route({ method: 'POST', path: '/config', summary: "Change a setting in Oxbow's home", tags: ['config'] })
    .input(
      z.object({
        key: z.string().max(200),
        value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
      }),
    )
    .output(z.object({ setting: Setting, restart: z.boolean() })),
}

export const folders = {
  /** Folders only; for the workspace picker of a browser. */
  browse: base
    .route({ method: 'GET', path: '/folders', summary: 'The folders inside a folder', tags: ['folders'] })
    .input(z.object({ path: z.string().max(4096).optional() }))
    .output(z.object({ path: z.string(), parent: z.string().nullable(), folders: z.array(z.string()), truncated: z.boolean() })),
}
