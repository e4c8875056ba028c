import { createServer } from 'node:net'
import { join } from 'node:path'
import type { MicrovmSandbox } from '../../../sidecar/sandbox/microvm/index.ts'
import { openMicrovms, testVm } from '../../fixtures/microvm.ts'
import { attackTier } from './matrix.ts'

const MB = 2 ** 20
const vm = await testVm()
const sandboxes: MicrovmSandbox[] = []
const proxy = createServer((socket) => socket.destroy())

attackTier({
  tier: 'microvm',
  perl: false,
  hosts: true,
  missing: vm.missing,
  async open({ home, person, root, most }, { hosts }) {
    // An emulated guest moves bytes slowly.
    Object.assign(most, { disk: 24 * MB, output: 4 * MB })
    const socket = join(root, 'egress.sock')
    if (hosts) await new Promise<void>((done) => proxy.listen(socket, done))
    const way = async () => ({
      socket,
      admit: async () => ({ environment: async () => ({ http_proxy: 'http://127.0.0.1:3128' }), carried: false, release() {} }),
    })
    const places = { home, tmpRoot: join(home, 'tmp'), personHome: person }
    const sandbox = openMicrovms(vm.images!, places, hosts ? { wayOut: way } : {})
    sandboxes.push(sandbox)
    return sandbox.open(join(home, 'workspaces/default'))
  },
  async close() {
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
    proxy.close()
  },
})
