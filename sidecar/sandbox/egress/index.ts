export * from './egress.ts'
export { createFetcher, type Fetched, type Fetcher, type FetchOptions } from './fetcher.ts'
export { readUpstream } from './upstream.ts'
