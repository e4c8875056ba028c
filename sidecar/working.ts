import type { Boxed } from './boxed.ts'
import type { Closing } from './closing.ts'
import { loadWorkspacePolicy, threadFile } from './foundation/index.ts'
import type { Ground } from './ground.ts'
import {
  Approvals,
  Kernel,
  lazyToolbox,
  type Models,
  Processes,
  ProcessWrites,
  type SessionLog,
  Slots,
  TaintKeeper,
  type Toolbox,
} from './kernel/index.ts'
import type { LazyEgress } from './lazy-egress.ts'
import type { Media } from './media/index.ts'
import type { Money } from './money.ts'
import type { Policies } from './policies.ts'
import { createGate, type Gate } from './policy/index.ts'
import type { Remembering } from './remembering.ts'
import { canonical, createBeyond, Snippets } from './sandbox/index.ts'
import { createSpool, type OpenWeb } from './tools/index.ts'

/** Who works here, with which tools, and who is asked before. */
export interface Working {
  gate: Gate
  approvals: Approvals
  processes: Processes
  toolbox(): Promise<Toolbox>
  kernel: Kernel
}

export interface WorkingParts extends Ground, Policies, Money, Boxed {
  log: SessionLog
  models: Models
  egress: LazyEgress
  media: Media
  memory: Remembering
}

export function createWorking(parts: WorkingParts, closing: Closing): Working {
  const { home, personHome, config, ids, clock, journal, audit, log, spending, boxes, models, egress, media, memory } = parts
  const { grants, rules, hosts, taintedFiles, privates } = parts
  const gate = createGate({
    rules,
    grants,
    audit,
    personHome,
    touches: { files: taintedFiles, privates, shared: () => canonical(home.shared) },
    online: () => hosts.list().length > 0,
    knownHost: egress.knows,
    whenTainted: () => config.policy.tainted,
    role: () => config.policy.role,
    limit: async (workspace) => (await loadWorkspacePolicy(workspace)).mode,
  })
  const approvals = new Approvals({ log, grants, rules, hosts, audit, clock, expiry: () => config.policy.approvalExpiry })
  const spool = createSpool(home.spool)
  const writes = new ProcessWrites(taintedFiles)
  const processes = new Processes({ boxes, log, spool, audit, ids, clock, writes })
  const web: OpenWeb = async () => ({
    fetcher: await egress.fetcher(),
    pageText: (bytes, type, url) => media.pageText(bytes, type, url),
    robots: () => config.web.robots,
  })
  const snippets = new Snippets({
    worker: threadFile(import.meta.dirname, 'wasm-worker.cjs', 'sandbox/wasm/worker.ts'),
    log: journal,
  })
  closing.add('rooms', () => snippets.close())
  const toolbox = lazyToolbox({
    memory: memory.open,
    // A folder that the person named is one that other programs have, too.
    calendarGoesOut: config.calendar.folder !== undefined,
    processes,
    web,
    snippets,
  })
  const kernel = new Kernel({
    log,
    media,
    ids,
    gate,
    audit,
    spending,
    boxes,
    spool,
    processes,
    approvals,
    taint: new TaintKeeper(taintedFiles, privates),
    writes,
    beyond: createBeyond(home.root, personHome),
    refusedHosts: { take: egress.takeRefused },
    slots: new Slots(config.kernel.maxTurns),
    clock,
    journal,
    toolbox,
    models,
    recall: memory.recall,
    learner: memory.learner,
    dreamer: memory.dreamer,
    maxSteps: config.kernel.maxSteps,
  })
  closing.add('kernel', () => kernel.stop())
  return { gate, approvals, processes, toolbox, kernel }
}
