import { createHash } from 'node:crypto'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { OxbowError } from '../../foundation/index.ts'
import { RECIPE } from '../recipe.ts'
import type { Preparation } from '../sandbox.ts'
import { bounded, type Engine } from './engine.ts'
import type { ContainerSettings } from './settings.ts'

const FILE = 'Dockerfile'

/** The image that boxes are made of. Ours is named by its recipe, so that a new recipe asks for a new build. */
export function imageName({ image }: Pick<ContainerSettings, 'image'>): string {
  return image ?? `oxbow-sandbox:${createHash('sha256').update(readRecipe()).digest('hex').slice(0, 12)}`
}

export async function hasImage({ docker }: Engine, name: string): Promise<boolean> {
  try {
    await bounded(docker.getImage(name).inspect())
    return true
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw error
  }
}

/**
 * Builds our image, or fetches the one that the settings name. Its end may take minutes; `signal` ends it.
 * @throws OxbowError `sandbox.build`
 */
export async function prepareImage(
  engine: Engine,
  settings: Pick<ContainerSettings, 'image'>,
  { onProgress, signal }: Preparation,
  recipe = RECIPE,
): Promise<string> {
  const name = imageName(settings)
  try {
    const answer = settings.image === undefined ? await build(engine, name, recipe, signal) : await pull(engine, name, signal)
    await follow(answer, onProgress, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw failed(name, error)
  }
  if (!(await hasImage(engine, name))) throw failed(name, new Error('the engine made no image'))
  return name
}

/**
 * Writes an image into an archive, fetched where the engine has it not yet.
 * @throws OxbowError `sandbox.build`
 */
export async function saveImage(engine: Engine, name: string, file: string, { onProgress, signal }: Preparation): Promise<void> {
  try {
    if (!(await hasImage(engine, name))) await follow(await pull(engine, name, signal), onProgress, signal)
    await pipeline(await engine.docker.getImage(name).get(), createWriteStream(file, { mode: 0o600 }), { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw failed(name, error)
  }
}

function build({ docker }: Engine, name: string, recipe: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  return docker.buildImage({ context: recipe, src: [FILE] }, { t: name, rm: true, forcerm: true, abortSignal: signal })
}

const pull = ({ docker }: Engine, name: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> =>
  docker.pull(name, { abortSignal: signal })

interface Told {
  stream?: string
  status?: string
  id?: string
  progress?: string
  error?: string
}

async function follow(answer: NodeJS.ReadableStream, onProgress: Preparation['onProgress'], signal: AbortSignal): Promise<void> {
  let rest = ''
  for await (const chunk of answer) {
    signal.throwIfAborted()
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > 1 << 20) throw new Error('the engine sent a line without end')
    for (const line of lines) tell(line, onProgress)
  }
  tell(rest, onProgress)
}

function tell(line: string, onProgress: Preparation['onProgress']): void {
  if (line.trim() === '') return
  const told = JSON.parse(line) as Told
  if (told.error !== undefined) throw new Error(told.error)
  const text = told.stream ?? [told.id, told.status, told.progress].filter(Boolean).join(' ')
  for (const one of text.split('\n')) if (one.trim() !== '') onProgress(one.trimEnd().slice(0, 500))
}

function failed(name: string, error: unknown): OxbowError {
  const why = (error as Error).message.trim().slice(0, 500)
  const hint = 'Building and fetching need the internet. Any image that is there already can be named: sandbox.container.image'
  return new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.build', `The image ${name} could not be made: ${why}`, hint, error)
}

function readRecipe(): string {
  return readFileSync(join(RECIPE, FILE), 'utf8')
}
