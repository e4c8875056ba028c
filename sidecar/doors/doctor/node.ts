import { broken, type Finding, ok } from './context.ts'

const LEAST = 24

export function checkNode(): Finding {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= LEAST) return ok(`${node} at ${process.execPath}`)
  return broken(`${node} at ${process.execPath} is too old`, `Start Oxbow with \`npm start\`: it brings Node ${LEAST} with it.`)
}
