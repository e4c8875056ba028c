/** Shannon's entropy of a text, in bits for each UTF-16 code unit; 0 for an empty one. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (let at = 0; at < text.length; at++) counts.set(text[at]!, (counts.get(text[at]!) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
