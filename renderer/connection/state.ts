/** What a person is told about the way to the sidecar. */
export type ConnectionState =
  | { state: 'connecting' }
  | { state: 'online' }
  | { state: 'reconnecting'; attempt: number; retryAt: number }
  | { state: 'restarting'; attempt: number }
  | { state: 'failed'; message: string; logPath: string }
  | { state: 'stopped' }
  | { state: 'unauthorized' }
