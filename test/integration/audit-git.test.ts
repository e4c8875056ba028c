import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { fileKeys, GitWitness, openAudit, Witness } from '../../sidecar/audit/index.ts'
import { openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { codes, event } from '../fixtures/audit.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const FILE = 'oxbow-here-checkpoints.jsonl'
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const run = (folder: string, ...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' })

/** A bare repository with a hook that must never run, and the home of a person whose settings, and a git of their PATH, must not count. */
function remoteIn(folder: string) {
  const [bare, person, ran] = [join(folder, 'far.git'), join(folder, 'person'), join(folder, 'ran')]
  run(folder, 'init', '-q', '--bare', bare)
  const script = `#!/bin/sh\ntouch '${ran}'\n`
  mkdirSync(join(person, 'hooks'), { recursive: true })
  for (const hook of [
    join(bare, 'hooks/post-receive'),
    join(person, 'hooks/pre-push'),
    join(person, 'hooks/reference-transaction'),
    join(person, 'bin/git'),
  ]) {
    mkdirSync(join(hook, '..'), { recursive: true })
    writeFileSync(hook, script)
    chmodSync(hook, 0o755)
  }
  writeFileSync(join(person, '.gitconfig'), `[core]\n\thooksPath = ${person}/hooks\n\tfsmonitor = touch ${ran}\n`)
  return { bare, url: pathToFileURL(bare).href, person, ran }
}

function record(home: string, remote: { url: string; person: string }) {
  const db = openDatabase({ path: join(home, 'oxbow.db') })
  const git = new GitWitness({
    remote: remote.url,
    folder: join(home, 'audit/witness.git'),
    file: FILE,
    env: { ...process.env, HOME: remote.person, PATH: `${remote.person}/bin:${process.env.PATH}` },
    journal: silent,
    paceMs: 0,
    firstWaitMs: 20,
  })
  const audit = openAudit({
    db,
    clock: systemClock,
    keys: fileKeys(join(home, 'keys/audit.pem')),
    witnesses: [new Witness(join(home, 'keys/checkpoints.jsonl'), true)],
    posts: [git],
    journal: silent,
  })
  const close = async () => {
    await audit.close()
    if (db.open) db.close()
  }
  onTestFinished(close)
  return { db, audit, git, close }
}

async function written(audit: ReturnType<typeof record>['audit'], from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) audit.record(event(n))
  await audit.verify()
}

test('checkpoints are pushed to a repository, no hook runs, and what else is there stays', async () => {
  const folder = temporaryFolder()
  const [home, far] = [join(folder, 'home'), remoteIn(folder)]
  mkdirSync(home)
  const { audit, git } = record(home, far)
  await written(audit, 0, 5)
  expect(await audit.verify()).toMatchObject({ ok: true, entries: 5 })
  const { checkpoint } = await audit.head()
  await expect.poll(() => git.waiting, { timeout: 60_000 }).toBe(0)
  expect(run(far.bare, 'show', `oxbow-audit:${FILE}`)).toContain(JSON.stringify(checkpoint!.note))

  // Another home keeps its file in the same repository.
  const other = join(folder, 'other')
  run(folder, 'clone', '-q', '-b', 'oxbow-audit', far.bare, other)
  writeFileSync(join(other, 'another.jsonl'), '{}\n')
  run(other, 'add', 'another.jsonl')
  run(other, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qm', 'Another home')
  run(other, 'push', '-q', 'origin', 'HEAD:oxbow-audit')
  rmSync(far.ran, { force: true })
  await written(audit, 5, 9)
  await expect.poll(() => run(far.bare, 'show', `oxbow-audit:${FILE}`).trim().split('\n').length, { timeout: 60_000 }).toBe(2)
  expect(run(far.bare, 'ls-tree', '--name-only', 'oxbow-audit').split('\n')).toContain('another.jsonl')
  expect(existsSync(far.ran)).toBe(false)
}, 120_000)

test('a record that was rolled back with all that lies beside it is found against the repository', async () => {
  const folder = temporaryFolder()
  const [home, far] = [join(folder, 'home'), remoteIn(folder)]
  mkdirSync(home)
  const first = record(home, far)
  await written(first.audit, 0, 4)
  await first.close()
  run(folder, 'clone', '-q', '--bare', far.bare, join(folder, 'older.git'))
  const kept = join(folder, 'kept')
  execFileSync('cp', ['-r', home, kept])
  const second = record(home, far)
  await written(second.audit, 4, 8)
  await second.close()
  rmSync(home, { recursive: true })
  execFileSync('cp', ['-r', kept, home])
  const { audit, close } = record(home, far)
  const report = await audit.verify()
  expect(codes(report)).toEqual(['record.rolledBack'])
  expect(report.faults[0]!.message).toContain('over 8 entries')
  await close()

  // It goes on from there, and signs another history.
  const onward = record(home, far)
  for (let n = 0; n < 6; n++) onward.audit.record(event(n, { title: 'nothing happened' }))
  expect(codes(await onward.audit.verify())).toContain('witness.differs')
}, 120_000)

test('a repository that was set back is found by what was pushed; one that is away is said', async () => {
  const folder = temporaryFolder()
  const [home, far] = [join(folder, 'home'), remoteIn(folder)]
  mkdirSync(home)
  const { audit } = record(home, far)
  await written(audit, 0, 4)
  run(far.bare, 'update-ref', '-d', 'refs/heads/oxbow-audit')
  expect(codes(await audit.verify())).toEqual(['witness.missing'])
  rmSync(far.bare, { recursive: true })
  const report = await audit.verify()
  expect(codes(report)).toEqual(['witness.missing'])
  expect(report.faults[0]!.message).toContain(far.url)
}, 120_000)

test('lines of the repository that are no checkpoint any more are told of', async () => {
  const folder = temporaryFolder()
  const [home, far] = [join(folder, 'home'), remoteIn(folder)]
  mkdirSync(home)
  const { audit, git } = record(home, far)
  await written(audit, 0, 4)
  await written(audit, 4, 8)
  await git.settled()
  expect(await audit.verify()).not.toHaveProperty('notes')
  const other = join(folder, 'other')
  run(folder, 'clone', '-q', '-b', 'oxbow-audit', far.bare, other)
  const [first] = run(other, 'show', `HEAD:${FILE}`).split('\n')
  writeFileSync(join(other, FILE), `${first}\nnothing\n`)
  run(other, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qam', 'Changed')
  run(other, 'push', '-q', 'origin', 'HEAD:oxbow-audit')
  expect((await audit.verify()).notes).toEqual([expect.stringContaining(`${far.url} holds no checkpoint in line 2`)])
}, 120_000)
