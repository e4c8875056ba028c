import { readFile, writeFile } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { MediaProblem } from './problem.ts'
import type { Job, JobResults } from './types.ts'

/** What goes back for each job. `problem` is the file's fault; `fault` is ours. */
export type Reply =
  | { id: number; result: JobResults[Job['do']] }
  | { id: number; problem: { code: string; message: string; hint: string } }
  | { id: number; fault: string }

/** Whoever reads a file that a stranger made does it here: a fault or a hang ends this thread, not Oxbow. */
async function run(job: Job): Promise<JobResults[Job['do']]> {
  switch (job.do) {
    case 'inspect':
      return (await import('./jobs/inspect.ts')).inspect(job.path, job.name)
    case 'text': {
      const text = await (await import('./jobs/convert.ts')).toText(await readFile(job.path), job.mime)
      await writeFile(job.out, text, { mode: 0o600 })
      return { characters: text.length }
    }
    case 'page': {
      if (job.mime !== 'text/html') return { text: await (await import('./jobs/convert.ts')).toText(job.bytes, job.mime) }
      const html = new TextDecoder().decode(job.bytes)
      return { text: (await import('./jobs/page.ts')).pageToMarkdown(html, job.url) }
    }
    case 'shrink': {
      const { bytes, mime } = (await import('./jobs/image.ts')).shrink(await readFile(job.path), job.limit)
      await writeFile(job.out, bytes, { mode: 0o600 })
      return { mime }
    }
  }
}

async function answer({ id, job }: { id: number; job: Job }): Promise<Reply> {
  try {
    return { id, result: await run(job) }
  } catch (error) {
    if (!(error instanceof MediaProblem))
      return { id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    const { code, message, hint } = error
    return { id, problem: { code, message, hint } }
  }
}

parentPort?.on('message', (asked: { id: number; job: Job }) => {
  void answer(asked).then((reply) => parentPort?.postMessage(reply))
})
