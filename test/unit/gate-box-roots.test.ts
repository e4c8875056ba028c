import { expect, onTestFinished, test } from 'vitest'
import { withRoots } from '../../sidecar/sandbox/mounts.ts'

test('a box keeps its namespaces wherever the sidecar was started, below /tmp too', () => {
  const before = process.cwd()
  onTestFinished(() => process.chdir(before))
  process.chdir('/tmp')
  const line =
    '/usr/bin/bwrap --new-session --die-with-parent --unshare-net --unshare-pid --ro-bind / / --dev /dev -- /bin/bash -c true'
  const roots = [{ name: '/tmp', real: '/home/ada/box' }] as Parameters<typeof withRoots>[1]
  const changed = withRoots(line, roots)
  expect(changed).not.toBe(line)
  for (const option of ['--new-session', '--die-with-parent', '--unshare-net', '--unshare-pid']) expect(changed).toContain(option)
})
