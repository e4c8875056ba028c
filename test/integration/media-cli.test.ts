import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../fixtures/log.ts'
import { docx, paragraph, png, wav } from '../fixtures/media-files.ts'
import { startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'

const OXBOW = join(import.meta.dirname, '../../out/main/oxbow.cjs')

interface Ended {
  code: number
  stdout: string
  stderr: string
}

async function setUp() {
  const folder = temporaryFolder()
  const [home, workspace] = [join(folder, 'home'), join(folder, 'work')]
  mkdirSync(workspace)
  const model = await startModelServer(() => [{ say: 'seen' }])
  onTestFinished(() => model.close())
  scriptedHome(home, model.url)
  writeFileSync(join(workspace, 'cat.png'), png())
  writeFileSync(join(workspace, 'letter.docx'), docx(paragraph('Dear Ada')))
  writeFileSync(join(workspace, 'song.wav'), wav())
  writeFileSync(join(workspace, 'lies.pdf'), png())
  writeFileSync(join(workspace, 'large.txt'), new Uint8Array(26 * 1024 * 1024).fill(97))
  const env = { PATH: process.env.PATH, HOME: folder, OXBOW_HOME: home }
  const oxbow = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [OXBOW, ...args], { cwd: workspace, env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      )
    })
  return { home, model, oxbow }
}

test('run --attach hands files in, to a sidecar of its own and to a running one', async () => {
  const { home, model, oxbow } = await setUp()
  const attach = () => oxbow('run', '--attach', 'cat.png', '--attach', 'letter.docx', 'what is this')
  const expectSeen = (): void => {
    const content = JSON.stringify(model.requests.at(-1)?.at(-1)?.content)
    expect(content).toContain(`data:image/png;base64,${Buffer.from(png()).toString('base64')}`)
    expect(content).toContain('letter.docx')
    expect(content).toContain('Dear Ada')
  }
  expect(await attach()).toMatchObject({ code: 0, stdout: 'seen\n' })
  expectSeen()
  const running = await startSidecarProcess(home)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  model.requests.length = 0
  expect(await attach()).toMatchObject({ code: 0, stdout: 'seen\n' })
  expectSeen()
  expect(await running.stop()).toBe(0)
})

test('what cannot be attached is said by name, and nothing is sent', async () => {
  const { model, oxbow } = await setUp()
  for (const [file, words] of [
    ['nowhere.png', 'nowhere.png does not exist'],
    ['.', '. is no file'],
    ['large.txt', 'large.txt is larger than 25 MB'],
    ['lies.pdf', 'lies.pdf: lies.pdf ends in .pdf, but by its content it is a PNG image'],
  ] as const)
    expect(await oxbow('run', '--attach', file, 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`--attach: ${words}`),
    })
  const song = await oxbow('run', '--attach', 'song.wav', 'x')
  expect(song.code).not.toBe(0)
  expect(song.stderr).toContain('"song.wav" cannot be sent: scripted/model takes no audio.')
  expect(model.requests).toHaveLength(0)
})
