import type { Message } from '../contract/index.ts'

const vendorOf = (ref: string): string => ref.slice(0, ref.indexOf('/'))

/**
 * What the next model does not get of a conversation that another vendor's model has led so far, in words for the person;
 * undefined where nothing is lost. Thoughts go back only to the vendor that thought them.
 * @param messages the newest of the conversation, oldest first
 */
export function lossOfChange(messages: readonly Message[], ref: string): string | undefined {
  const last = messages.findLast(({ role, model }) => role === 'assistant' && model !== undefined)?.model
  if (last === undefined || vendorOf(last) === vendorOf(ref)) return undefined
  const thought = messages.some(
    ({ model, parts }) =>
      model !== undefined &&
      vendorOf(model) === vendorOf(last) &&
      parts.some((part) => part.type === 'thinking' && part.text !== ''),
  )
  return thought ? `${ref} gets what ${last} said and did, but not what it thought.` : undefined
}
