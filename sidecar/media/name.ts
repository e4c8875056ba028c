/** Signs that steer a terminal or turn the reading direction, so that a name seems another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** A name for people and models only: without folders and steering signs, at most 255 UTF-16 units. Never a path. */
export function cleanName(given: string): string {
  const base = given.toWellFormed().replace(STEERING, '').split(/[/\\]/).at(-1)!.trim()
  if (base === '' || base === '.' || base === '..') return 'file'
  if (base.length <= 255) return base
  const ending = /\.[a-z0-9]{1,8}$/i.exec(base)?.[0] ?? ''
  return base.slice(0, 255 - ending.length).replace(/[\ud800-\udbff]$/, '') + ending
}
