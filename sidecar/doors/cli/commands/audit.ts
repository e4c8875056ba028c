import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { parseWitness, verifyExport, verifySegment } from '../../../audit/index.ts'
import { type AuditCheckpoint, type AuditEntry, AuditFilter, type AuditReport } from '../../../contract/index.ts'
import { systemClock } from '../../../foundation/index.ts'
import type { AuditFilterOptions, AuditListOptions, AuditVerifyOptions, JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'
import { styled } from '../turn-screen.ts'

export async function list(host: Host, { json, limit, follow, ...options }: AuditListOptions): Promise<number> {
  const filter = filterOf(options)
  const show = (entries: readonly AuditEntry[]): void => {
    if (json) for (const entry of entries) host.print(JSON.stringify(entry))
    else for (const row of rows(entries)) host.print(row)
  }
  return withClient(host, async (client, { lost }) => {
    const { entries, size } = await client.audit.list({ ...filter, limit: Math.min(Math.max(1, limit), 500) })
    if (entries.length === 0 && !follow && !json) host.note('Nothing of that kind was recorded.')
    show(entries.toReversed())
    if (!follow) return EXIT.done
    const ending = new AbortController()
    const release = host.interrupts.push(() => ending.abort())
    void lost.then(() => ending.abort())
    try {
      for await (const item of await client.audit.watch({ ...filter, after: size }, { signal: ending.signal })) show(item.entries)
    } catch (error) {
      if (!ending.signal.aborted) throw error
    } finally {
      release()
    }
    return EXIT.done
  })
}

export async function show(host: Host, position: number, { json }: JsonOption): Promise<number> {
  const answer = await withClient(host, (client) => client.audit.get({ position }))
  if (json) {
    host.print(JSON.stringify(answer))
    return EXIT.done
  }
  const { data, ...rest } = answer.entry
  const facts = Object.entries({ ...rest, ...data }).map(([key, value]) => [key, plain(String(value))])
  const { checkpoint } = answer
  const signed = checkpoint ? `${checkpoint.at}, with the first ${checkpoint.size} entries` : 'not yet'
  for (const row of table([...facts, ['signed', signed]])) host.print(row)
  return EXIT.done
}

/** Of this Oxbow's record; or of an export, for which none is needed. */
export async function verify(host: Host, file: string | undefined, options: AuditVerifyOptions): Promise<number> {
  if (file === undefined && (options.key !== undefined || options.against !== undefined))
    throw new UsageError('--key and --against are for an export', 'Name its file.')
  const report =
    file === undefined ? await withClient(host, (client) => client.audit.verify()) : await verifyFile(host, file, options)
  if (options.json) host.print(JSON.stringify(report))
  else tell(host, report)
  return report.ok ? EXIT.done : EXIT.failed
}

async function verifyFile(host: Host, file: string, { key, against }: AuditVerifyOptions): Promise<AuditReport> {
  if (file.endsWith('.gz')) return verifySegment(file, key, systemClock)
  const witnesses = against === undefined ? [] : readWitness(host, against, await text(against))
  const source = file === '-' ? host.terminal.stdin : createReadStream(file, { highWaterMark: READ_AT_ONCE })
  return verifyExport(pieces(source, file), { key, witnesses, clock: systemClock })
}

function tell({ print, note, terminal: { stdout } }: Host, report: AuditReport): void {
  const { ok, entries, size, grewFrom, signed, checkpoints, key, keyKnown, faults, durationMs, sealed = [], notes = [] } = report
  for (const one of notes) note(plain(one))
  if (!ok) {
    for (const { message } of faults) print(`${styled('red', 'FAIL', stdout)}  ${plain(message)}`)
    return
  }
  const of = entries === size ? '' : ` of ${size}`
  const found =
    grewFrom === undefined
      ? `${entries} entries${of} are as they were signed`
      : `the record only grew, from ${grewFrom} entries to ${size}: the first ${grewFrom} are as they were`
  const signatures = `${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}`
  print(`${styled('green', 'ok', stdout)}  ${found} (${signatures}, ${Math.round(durationMs)} ms)`)
  if (signed < entries) print(`    ${entries - signed} of them are not signed yet`)
  for (const { from, size: end, file } of sealed) print(`    entries ${from} to ${end - 1} are sealed in ${plain(file)}`)
  if (key !== '') print(`    key ${key}`)
  if (!keyKnown)
    note(
      'The key is the one that the export names. Compare it with what `oxbow audit verify` says where it was made, or use --key.',
    )
}

export async function exportTo(host: Host, file: string | undefined, options: AuditFilterOptions): Promise<number> {
  const filter = filterOf(options)
  const target =
    file === undefined ? undefined : await open(file, 'wx', 0o600).catch((error: unknown) => cannot('written', file, error))
  let count = 0
  try {
    await withClient(host, async (client) => {
      for await (const { lines } of await client.audit.export(filter)) {
        count += lines.filter((line) => !line.startsWith('{"type"')).length
        if (target) await target.write(`${lines.join('\n')}\n`)
        else for (const line of lines) host.print(line)
      }
    })
  } finally {
    await target?.close()
  }
  if (file !== undefined) host.note(`${count} entries are in ${file}. Verify them anywhere with \`oxbow audit verify ${file}\`.`)
  return EXIT.done
}

export async function prove(host: Host, position: number | undefined, since: number | undefined): Promise<number> {
  if ((position === undefined) === (since === undefined))
    throw new UsageError('name an entry, or --since with a size', 'For example: oxbow audit prove 17')
  const { lines } = await withClient(host, (client) =>
    client.audit.prove({ ...(position !== undefined && { position }), ...(since !== undefined && { since }) }),
  )
  for (const line of lines) host.print(line)
  return EXIT.done
}

const rows = (entries: readonly AuditEntry[]): string[] =>
  table(
    entries.map(({ position, at, kind, decision, outcome, title, reason }) => [
      String(position),
      at.slice(0, 19).replace('T', ' '),
      kind,
      decision ?? outcome ?? '',
      plain(`${title}${reason ? ` — ${reason}` : ''}`).replace(/\s+/g, ' '),
    ]),
  )

function filterOf({ since, until, ...rest }: AuditFilterOptions): AuditFilter {
  const parsed = AuditFilter.safeParse({
    ...rest,
    ...(since !== undefined && { since: moment(since) }),
    ...(until !== undefined && { until: moment(until) }),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(`--${issue?.path.join('.')}: ${issue?.message}`, 'See `oxbow audit --help`.')
}

/** Bytes of an export that are read at once. */
const READ_AT_ONCE = 256 * 1024

const SPANS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A moment, a day, or how long ago. @returns ISO 8601, UTC */
function moment(text: string): string {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const at = count === undefined ? Date.parse(text) : Date.now() - Number(count) * SPANS[unit as keyof typeof SPANS]
  if (Number.isNaN(at)) throw new UsageError(`"${text}" is no moment`, 'Write 2026-11-20, 2026-11-20T08:00:00Z, 30m, 2h or 7d.')
  return new Date(at).toISOString()
}

/** Moves the text of old entries into files. */
export async function seal(host: Host, { olderThan, json }: JsonOption & { olderThan: number }): Promise<number> {
  const sealed = await withClient(host, (client) => client.audit.seal({ olderThanDays: olderThan }))
  if (json) host.print(JSON.stringify(sealed))
  else {
    for (const file of sealed.files) host.print(plain(file))
    host.note(
      sealed.entries === 0
        ? 'Nothing is that old.'
        : `${sealed.entries} entries are sealed; their hashes stay, and all proofs hold.`,
    )
  }
  return EXIT.done
}

/** The bytes of a stream. */
async function* pieces(source: AsyncIterable<Buffer | string>, file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  } catch (error) {
    cannot('read', file, error)
  }
}

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch((error: unknown) => cannot('read', file, error))

function readWitness({ note }: Host, file: string, content: string): AuditCheckpoint[] {
  const { checkpoints, unreadable } = parseWitness(content)
  if (checkpoints.length === 0)
    throw new UsageError(`${file} holds no checkpoints`, "It is keys/audit-checkpoints.jsonl of an Oxbow's home.")
  if (unreadable.length > 0) note(`${unreadable.length} lines of ${file} are no checkpoint, the first is line ${unreadable[0]}.`)
  return checkpoints
}

function cannot(what: string, file: string, error: unknown): never {
  if (error instanceof UsageError) throw error
  const { code, message } = error as NodeJS.ErrnoException
  const why = code === 'EEXIST' ? 'it is there already' : code === 'ENOENT' ? 'there is no such file or folder' : message
  throw new UsageError(`${file} cannot be ${what}: ${why}`)
}
