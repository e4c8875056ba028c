export { isOwnAddress, reachOf } from './address.ts'
export { type Host, inUrl, type ReadUrl, readAuthority, readHost, readUrl } from './host.ts'
export { covers, type HostRule, readHostRule, writeHostRule } from './host-rule.ts'
export { type AllowList, isLocal, isLocalhost, judgeAddresses, judgeTarget, type Target } from './judge.ts'
export { judgeRequest, methodsFor } from './methods.ts'
export { EgressRefusal } from './refusal.ts'
export { createSecretSource } from './secret-source.ts'
export {
  besideReferences,
  mentionsSecret,
  putIn,
  type Receiver,
  type Revealed,
  refuseSecrets,
  type SecretSource,
  secretReference,
} from './secret-use.ts'
