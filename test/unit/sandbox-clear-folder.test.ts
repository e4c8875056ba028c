import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clearFolder } from '../../sidecar/sandbox/clear-folder.ts'
import { temporaryFolder } from '../fixtures/log.ts'

describe('a folder that a box wrote in goes', () => {
  test('where it is too deep for any path, and follows no link out', async () => {
    const root = temporaryFolder()
    const box = join(root, 'box')
    mkdirSync(join(root, 'outside'))
    writeFileSync(join(root, 'outside/kept'), 'kept')
    chmodSync(join(root, 'outside/kept'), 0o400)
    mkdirSync(box)
    symlinkSync(join(root, 'outside'), join(box, 'link'))
    const deep = `n=$(printf 'd%.0s' $(seq 200)); for i in $(seq 60); do mkdir $n; cd $n; done; ln -s ${join(root, 'outside')} link`
    execFileSync('bash', ['-c', deep], { cwd: box })
    await clearFolder(box)
    expect(existsSync(box)).toBe(false)
    expect(readFileSync(join(root, 'outside/kept'), 'utf8')).toBe('kept')
  })

  test('where it was closed', async () => {
    const box = join(temporaryFolder(), 'box')
    mkdirSync(join(box, 'a'), { recursive: true })
    writeFileSync(join(box, 'a/f'), '')
    chmodSync(join(box, 'a'), 0)
    chmodSync(box, 0)
    await clearFolder(box)
    expect(existsSync(box)).toBe(false)
  })

  test('and none that is not there is missed', async () => {
    await expect(clearFolder(join(temporaryFolder(), 'nothing'))).resolves.toBeUndefined()
  })
})
