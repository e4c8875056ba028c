import { useEffect, useState } from 'react'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { useConnection } from '../stores/connection.ts'
import { useOpen } from '../stores/open-session.ts'
import { patch } from './attachment-store.ts'
import type { Attachment, FileAttachment } from './attachments.ts'

/** Asks how the stored files would reach the session's model, whenever files, choices or the model change. @returns what is wrong with them together */
export function useVerdicts(sessionId: SessionId, attachments: readonly Attachment[]): Words | null {
  const model = useOpen((store) => (store.sessionId === sessionId ? store.view?.summary.model : undefined))
  const client = useConnection((store) => store.client)
  const [problem, setProblem] = useState<Words | null>(null)
  const stored = attachments.filter((a): a is FileAttachment & { info: object } => a.kind === 'file' && a.info !== undefined)
  const asked = stored.map(({ id, info, as }) => `${id} ${info.hash} ${as ?? ''}`).join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` says what of the files matters
  useEffect(() => {
    if (!client || !model || stored.length === 0) {
      setProblem(null)
      return
    }
    let current = true
    const media = stored.map(({ info, as }) => ({ hash: info.hash, ...(as && { as }) }))
    client.media.check({ sessionId, media }).then(
      ({ verdicts, problem }) => {
        if (!current) return
        for (const [at, verdict] of verdicts.entries()) patch(sessionId, stored[at]!.id, { verdict })
        setProblem(problem ? { message: problem.message, ...(problem.hint && { hint: problem.hint }) } : null)
      },
      (error: unknown) => current && setProblem(inWords(error)),
    )
    return () => {
      current = false
    }
  }, [asked, model, client, sessionId])

  return problem
}
