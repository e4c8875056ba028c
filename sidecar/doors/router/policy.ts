import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function policyRouter(os: Implementer['policy'], { policy, taint, log, workspace, defaults }: Services) {
  return {
    rules: os.rules.handler(async ({ input }) => ({
      path: policy.path,
      rules: policy.rules(input.workspace === undefined ? undefined : await workspace(input.workspace)),
    })),
    add: os.add.handler(({ input }) => policy.add(input)),
    remove: os.remove.handler(({ input }) => {
      policy.remove(input.index, input.rule)
      return {}
    }),
    explain: os.explain.handler(async ({ input: { tool, args, workspace: path, mode, sessionId } }) => {
      const fallback = sessionId === undefined ? defaults() : log.summary(sessionId)
      const folder = await workspace(path ?? fallback.workspace)
      return policy.explain({ tool, args, workspace: folder, mode: mode ?? fallback.mode, sessionId })
    }),
    simulate: os.simulate.handler(({ input }) => policy.simulate(input)),
    taints: os.taints.handler(({ input }) => ({ taints: log.view(input.sessionId).taints ?? [] })),
    clearTaint: os.clearTaint.handler(({ input }) => ({ cleared: taint.clear(input.sessionId, input.labels) })),
    taintedFiles: os.taintedFiles.handler(({ input }) => ({ files: taint.files(input.limit) })),
    trustFile: os.trustFile.handler(({ input }) => ({ trusted: taint.trust(input.path) })),
  }
}
