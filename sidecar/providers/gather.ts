import type { ProviderEvent } from './provider.ts'

/** Adds an event to those that came with it; neighbouring pieces of a text become one. */
export function gather(events: ProviderEvent[], event: ProviderEvent): void {
  const last = events.at(-1)
  if ((event.type === 'text' || event.type === 'thinking') && last?.type === event.type)
    events[events.length - 1] = { type: event.type, text: last.text + event.text }
  else events.push(event)
}
