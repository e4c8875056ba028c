import { broken, type Finding, warning } from './context.ts'

/** Looks, and gives up after a while: what hangs is a finding too. */
export async function bounded(look: () => Promise<Finding>, mostMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding>((resolve) => {
    const finding = warning(
      `no answer within ${mostMs / 1000} s`,
      'Look again when the computer is less busy; if it stays so, what it asks hangs.',
    )
    timer = setTimeout(() => resolve(finding), mostMs)
  })
  try {
    return await Promise.race([look(), late])
  } catch (error) {
    return broken(
      `could not be checked: ${error instanceof Error ? error.message : error}`,
      'See the log in the folder logs/ of the home.',
    )
  } finally {
    clearTimeout(timer)
  }
}
