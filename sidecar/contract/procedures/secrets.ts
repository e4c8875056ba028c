import { z } from 'zod'
import { Timestamp } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'PUT' | 'DELETE', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['secrets'] })

const SecretName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'expected a lower-case name such as github')

/** A value that agents use by its name, `{{secret:github}}`, and never see. Nor is it told here. */
export const NamedSecret = z.object({
  name: SecretName,
  /** The only hosts it is sent to. */
  hosts: z.array(z.string()),
  /** `locked`: in a keychain that this process cannot open. `missing`: its value is gone. */
  place: z.enum(['keychain', 'secrets', 'locked', 'missing']),
  addedAt: Timestamp,
})
export type NamedSecret = z.infer<typeof NamedSecret>

export const secrets = {
  list: route('GET', '/secrets', 'The names of secrets, and the hosts they may go to').output(
    z.object({
      secrets: z.array(NamedSecret),
      /** Where a value that is given now would be kept. */
      keeps: z.enum(['keychain', 'secrets']),
      warning: z.string().optional(),
    }),
  ),
  /** Without a value only the hosts change. */
  set: route('PUT', '/secrets/{name}', 'Keep a secret, or change where it may go')
    .input(
      z.object({
        name: SecretName,
        /** Too short a value could not be told from other text, and so not be kept out of records. */
        value: z
          .string()
          .trim()
          .min(8)
          .max(4096)
          .regex(/^[\x20-\x7e]+$/, 'a secret has no line breaks and no letters beyond ASCII')
          .optional(),
        hosts: z.array(z.string().min(1).max(300)).min(1).max(50),
      }),
    )
    .output(z.object({ secret: NamedSecret, warning: z.string().optional() })),
  remove: route('DELETE', '/secrets/{name}', 'Forget a secret')
    .input(z.object({ name: SecretName }))
    .output(z.object({})),
}
