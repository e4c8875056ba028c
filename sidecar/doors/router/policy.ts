import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function policyRouter(os: Implementer['policy'], { policy, workspace, defaults }: Services) {
  return {
    rules: os.rules.handler(async ({ input }) => ({
      path: policy.path,
      rules: policy.rules(input.workspace === undefined ? undefined : await workspace(input.workspace)),
    })),
    add: os.add.handler(({ input }) => policy.add(input)),
    remove: os.remove.handler(({ input }) => {
      policy.remove(input.index)
      return {}
    }),
    explain: os.explain.handler(async ({ input: { tool, args, workspace: path, mode } }) => {
      const fallback = defaults()
      return policy.explain({ tool, args, workspace: await workspace(path ?? fallback.workspace), mode: mode ?? fallback.mode })
    }),
  }
}
