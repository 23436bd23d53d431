import { plain } from '../../base/text.ts'
import type { StoredJob } from '../../contract/job.ts'
import { open } from '../../job/codec.ts'
import type { Definitions } from '../definitions.ts'

/** The input of a job, or why it cannot be shown. */
export function inputView(
  job: StoredJob,
  _payloads: 'masked' | 'shown',
  _definitions: Definitions,
): { input?: unknown; damage?: string } {
  try {
    const { input } = open(job.body)
    return input === undefined ? {} : { input }
  } catch (error) {
    return { damage: plain(error instanceof Error ? error.message : String(error)) }
  }
}

/** The input as it was enqueued; undefined when it cannot be read. */
export function openInput(job: StoredJob): { version: number; input: unknown } | undefined {
  try {
    return open(job.body)
  } catch {
    return undefined
  }
}
