import type { Ground } from './ground.ts'
import {
  createGrants,
  createHosts,
  createNamedSecrets,
  createPrivatePaths,
  createTaintedFiles,
  type Grants,
  type Hosts,
  type NamedSecrets,
  openRules,
  type PrivatePaths,
  type RuleFiles,
  type TaintedFiles,
} from './policy/index.ts'
import { canonical } from './sandbox/index.ts'

/** What was allowed and forbidden, and what is private or came from outside. */
export interface Policies {
  grants: Grants
  rules: RuleFiles
  hosts: Hosts
  named: NamedSecrets
  taintedFiles: TaintedFiles
  privates: PrivatePaths
}

export function createPolicies({ home, personHome, config, clock, db, secrets, watched }: Ground): Policies {
  const ours = (): string[] => [canonical(home.shared), canonical(home.tmp)]
  return {
    grants: createGrants(db, clock),
    rules: openRules(home.policy, personHome, watched.rules),
    hosts: createHosts({ db, clock, settings: () => config.sandbox.allowHosts }),
    named: createNamedSecrets({ db, clock, values: secrets }),
    taintedFiles: createTaintedFiles(db, clock),
    privates: createPrivatePaths(() => config.policy.private, personHome, ours),
  }
}
