import { createServer } from 'node:net'
import { join } from 'node:path'
import { type ContainerSandbox, createContainerSandbox } from '../../../sidecar/sandbox/container/index.ts'
import { testImage } from '../../fixtures/container-image.ts'
import { attackTier } from './matrix.ts'

const found = await testImage()
const sandboxes: ContainerSandbox[] = []
const proxy = createServer((socket) => socket.destroy())

attackTier({
  tier: 'container',
  perl: found.image !== undefined && found.perl,
  hosts: found.image !== undefined && found.socat,
  missing: found.image === undefined ? found.missing : undefined,
  async open({ home, person, env, root }, { hosts }) {
    const socket = join(root, 'egress.sock')
    if (hosts) await new Promise<void>((done) => proxy.listen(socket, done))
    const way = async () => ({
      socket,
      admit: async () => ({ environment: async () => ({ http_proxy: 'http://127.0.0.1:3128' }), carried: false, release() {} }),
    })
    const sandbox = createContainerSandbox({
      home,
      tmpRoot: join(home, 'tmp'),
      personHome: person,
      env,
      settings: { image: found.image, memoryMb: 192, cpus: 2, maxProcesses: 64, idleMinutes: 5 },
      log: { debug() {}, warn() {} },
      ...(hosts && { wayOut: way }),
    })
    sandboxes.push(sandbox)
    return sandbox.open(join(home, 'workspaces/default'))
  },
  async close() {
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
    proxy.close()
  },
})
