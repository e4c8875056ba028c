import type { Services } from './services.ts'

const STATES = ['closed', 'halfOpen', 'open'] as const

/** What Prometheus collects, in its text format. The library is loaded with the first look. */
export async function metricsText({ status, models }: Pick<Services, 'status' | 'models'>): Promise<string> {
  const { Gauge, Registry } = await import('prom-client')
  const registry = new Registry()
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name: `oxbow_${name}`, help, labelNames, registers: [registry] })

  const now = status()
  gauge('sessions', 'Sessions, the archived ones included').set(now.sessions)
  gauge('running_turns', 'Turns that run').set(now.runningTurns)
  gauge('waiting_approvals', 'Questions that wait for a person').set(now.waitingApprovals)
  gauge('resident_memory_bytes', 'Memory of the sidecar').set(now.rssBytes)

  const breaker = gauge('model_breaker', '1 for the state that the breaker of a model is in', ['model', 'state'])
  const remaining = gauge('model_quota_remaining', 'What a vendor still lets the account do', ['model', 'kind'])
  for (const { model, state, requests, tokens } of models.health()) {
    for (const each of STATES) breaker.set({ model, state: each }, each === state ? 1 : 0)
    if (requests) remaining.set({ model, kind: 'requests' }, requests.remaining)
    if (tokens) remaining.set({ model, kind: 'tokens' }, tokens.remaining)
  }
  return registry.metrics()
}
