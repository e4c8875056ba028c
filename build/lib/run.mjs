import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Failure } from './failure.mjs'

const KEPT_OUTPUT = 1024 * 1024

/**
 * Runs a command without showing its output. Resolves with `{ code, output }`; fails when it cannot start or passes its time.
 * The command gets its own process group, so that a time-out ends its children too.
 */
export function run(command, args, { cwd, env, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const end = () => killGroup(child.pid, 'SIGKILL')
    const exit = (signal) => process.exit(128 + constants.signals[signal])
    const timer = setTimeout(() => {
      end()
      reject(new Failure(`${command} did not finish within ${Math.round(timeoutMs / 1000)} s`, { output }))
    }, timeoutMs)
    // Commands may run side by side: whatever ends this process must end each of them.
    process.once('exit', end).once('SIGINT', exit).once('SIGTERM', exit)
    const settle = (then) => (value) => {
      clearTimeout(timer)
      process.off('exit', end).off('SIGINT', exit).off('SIGTERM', exit)
      then(value)
    }
    child.once(
      'error',
      settle((error) => reject(new Failure(`${command} cannot be started: ${error.message}`))),
    )
    child.once(
      'close',
      settle((code) => resolve({ code: code ?? 1, output })),
    )
  })
}

function killGroup(pid, signal) {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

/**
 * Runs a command in the foreground, on this terminal, and resolves with its exit code. Signals are passed on; a command that
 * does not end within `graceMs` of the first one is killed.
 */
export function foreground(command, args, { cwd, env, graceMs = 5_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: 'inherit' })
    let timer
    const pass = (signal) => {
      // Ctrl-C on a terminal reaches the whole process group: passing it on would deliver it twice.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
      timer ??= setTimeout(() => child.kill('SIGKILL'), graceMs)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    const settle = () => {
      clearTimeout(timer)
      for (const signal of signals) process.off(signal, pass)
    }
    child.once('error', (error) => {
      settle()
      reject(new Failure(`${command} cannot be started: ${error.message}`))
    })
    child.once('exit', (code, signal) => {
      settle()
      resolve(code ?? 128 + (constants.signals[signal] ?? 1))
    })
  })
}
