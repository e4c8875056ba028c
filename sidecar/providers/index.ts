export { cost, type Price, priceVersion } from './price.ts'
export * from './provider.ts'
export { createProviders, GUIDE_REF, type Providers, type ProvidersOptions } from './registry.ts'
export { type Keychain, openSecrets, type Secrets } from './secrets.ts'
