import { plain } from '../../base/text.ts'
import { redact, redactText } from '../../base/redact.ts'
import type { JobRecord } from '../../contract/job.ts'
import { redactInput } from '../../job/sensitive.ts'
import type { Api } from '../api.ts'

/** How much of what jobs carry is shown: nothing to readers, all but the secrets to operators, all of it to an admin who asks. */
export type Payloads = 'hidden' | 'masked' | 'shown'

export interface ContentView {
  input?: unknown
  result?: unknown
  /** The id of the key that would be needed. */
  encrypted?: string
  /** Why it cannot be shown. */
  damage?: string
}

/** What a job was given and has answered. Callers to whom payloads are hidden are not to be given this at all. */
export function contentView(
  { client, definitions }: Pick<Api, 'client' | 'definitions'>,
  record: Pick<JobRecord, 'job' | 'result'>,
  payloads: Exclude<Payloads, 'hidden'>,
): ContentView {
  const { input, result, encrypted, damage } = client.content(record)
  const { queue, name } = record.job
  const isShown = payloads === 'shown'
  return {
    ...(input !== undefined && { input: isShown ? input : redactInput(definitions.find(queue, name), input) }),
    ...(result !== undefined && { result: isShown ? result : redact(result) }),
    ...(encrypted !== undefined && { encrypted }),
    ...(damage !== undefined && { damage: redactText(plain(damage)) }),
  }
}
