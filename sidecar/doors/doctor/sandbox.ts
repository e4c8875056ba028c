import { broken, type DoctorContext, type Finding, ok, skipped } from './context.ts'

/** A real command ran in a real box. */
export async function checkSandbox({ sandbox }: DoctorContext): Promise<Finding> {
  if (!sandbox) return skipped('not looked at', 'It is looked at once the settings are right.')
  const readiness = await sandbox.readiness()
  return readiness.ready ? ok('a test command ran in it') : broken(readiness.reason, readiness.mend)
}
