import { join } from 'node:path'
import type { MicrovmSandbox } from '../../../sidecar/sandbox/microvm/index.ts'
import { openMicrovms, testVm } from '../../fixtures/microvm.ts'
import { attackTier } from './matrix.ts'

const MB = 2 ** 20
const vm = await testVm()
const sandboxes: MicrovmSandbox[] = []

attackTier({
  tier: 'microvm',
  perl: false,
  hosts: false,
  missing: vm.missing,
  async open({ home, person, most }) {
    // An emulated guest moves bytes slowly.
    Object.assign(most, { disk: 24 * MB, output: 4 * MB })
    const sandbox = openMicrovms(vm.images!, { home, tmpRoot: join(home, 'tmp'), personHome: person })
    sandboxes.push(sandbox)
    return sandbox.open(join(home, 'workspaces/default'))
  },
  close: async () => void (await Promise.all(sandboxes.map((sandbox) => sandbox.close()))),
})
