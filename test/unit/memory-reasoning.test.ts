import { describe, expect, it } from 'vitest'
import { likeGoal, type SolvedTask, textOfTask } from '../../sidecar/memory/reasoning/solved-task.ts'
import { memoryBench } from '../fixtures/memory.ts'

const REACH = { space: 'main', agent: '' }
let count = 0
const task = (goal: string, more: Partial<SolvedTask> = {}): SolvedTask => ({
  session: 'ses_1',
  turn: `trn_${++count}`,
  at: '2026-05-04T10:00:00.000Z',
  goal,
  calls: [
    { title: 'read package.json', ok: true },
    { title: 'run npm test', ok: false },
    { title: 'edit src/date.ts', ok: true },
    { title: 'run npm test', ok: true },
  ],
  completed: true,
  answered: 'The failing date test passes now.',
  taint: [],
  ...more,
})

describe('the reasoning bank', () => {
  it('says goal, steps, what failed and the outcome', () => {
    expect(textOfTask(task('Fix the failing date test'))).toBe(
      [
        'Task: Fix the failing date test',
        'Steps: read package.json; edit src/date.ts; run npm test',
        'Failed on the way: run npm test',
        'Outcome: completed. The failing date test passes now.',
      ].join('\n'),
    )
    expect(textOfTask(task('thanks'))).toBeUndefined()
    expect(textOfTask(task('List the files in here', { calls: [{ title: 'ls', ok: true }] }))).toBeUndefined()
    expect(likeGoal('Fix the failing date test', textOfTask(task('Please fix a failing test of dates'))!)).toBeGreaterThan(0.65)
    expect(likeGoal('Fix the failing date test', textOfTask(task('Translate the letter to the landlord'))!)).toBe(0)
  })

  it('keeps one for each kind of task, stronger and better with time, and finds it for the next', async () => {
    const { room } = memoryBench()
    expect(await room.learning.keepTask(task('Fix the failing date test in the project', { completed: false }), REACH)).toBe(
      'saved',
    )
    expect(await room.learning.keepTask(task('Translate the letter to the landlord into German'), REACH)).toBe('saved')
    const again = task('Please fix the failing date test in the project')
    expect(await room.learning.keepTask(again, REACH)).toBe('improved')
    expect(await room.learning.keepTask(task('Fix the failing date test in the project'), REACH)).toBe('strengthened')
    const kept = room.list({ types: ['reasoning'], limit: 10 }).memories
    expect(kept).toHaveLength(2)
    const fix = kept.find(({ text }) => text.startsWith('Task: Please fix'))!
    expect(fix).toMatchObject({ uses: 2, taint: ['agent'] })
    expect(fix.text).toContain('Outcome: completed')
    expect(room.history(fix.id)).toHaveLength(2)
    const near = await room.recall.near('the date test is failing again, fix it', REACH)
    expect(near[0]?.id).toBe(fix.id)
    expect(room.recall.hot(REACH)).toEqual([])
  })

  it('keeps a turn once, and nothing of strangers or with secrets in it', async () => {
    const { room } = memoryBench({ secrets: () => ['hunter2-hunter2'] })
    const one = task('Rename the branch of the repository')
    expect(await room.learning.keepTask(one, REACH)).toBe('saved')
    expect(await room.learning.keepTask(one, REACH)).toBe('none')
    expect(await room.learning.keepTask(task('Summarise the web page for me', { taint: ['untrusted'] }), REACH)).toBe('none')
    const leaky = [
      { title: 'run curl -u me:hunter2-hunter2 host', ok: true },
      { title: 'read a', ok: true },
    ]
    expect(await room.learning.keepTask(task('Ask the server how it is', { calls: leaky }), REACH)).toBe('none')
    expect(await room.learning.keepTask(task('Sum up the private ledger file', { taint: ['private'] }), REACH)).toBe('saved')
    const kept = room.list({ types: ['reasoning'], limit: 10 }).memories
    expect(kept.map(({ taint }) => taint)).toContainEqual(['agent', 'private'])
    expect(kept).toHaveLength(2)
  })
})
