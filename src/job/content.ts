import { isFiberWorkError } from '../contract/errors.ts'
import type { JobRecord } from '../contract/job.ts'
import { keyIdOf, type Keyring } from './keyring.ts'
import { openJob, openResult, sealedResultOf } from './sealing.ts'

/** What a job was given, and what has come of it, as far as it can be read here. */
export interface JobContent {
  input?: unknown
  /** The version of the input's shape, where it is not the first. */
  version?: number
  /** Of a done job, unless it is not kept. */
  result?: unknown
  /** The id of the key that input or result are encrypted with, and that is not known here. */
  encrypted?: string
  /** Why the input, or else the result, cannot be read. */
  damage?: string
}

/** Opens what a record holds; never throws. */
export function contentOf(record: Pick<JobRecord, 'job' | 'result'>, keys: Keyring | undefined): JobContent {
  const content: JobContent = {}
  try {
    const { input, version } = openJob(record.job, keys)
    if (version !== 1) content.version = version
    if (input !== undefined) content.input = input
  } catch (error) {
    unread(content, record.job.body, error)
  }
  try {
    const text = openResult(record, keys)
    if (text !== undefined) content.result = parsed(text)
  } catch (error) {
    unread(content, sealedResultOf(record.result) ?? '', error)
  }
  return content
}

function unread(content: JobContent, text: string, error: unknown): void {
  if (isFiberWorkError(error) && error.code === 'FW_KEY_UNKNOWN') content.encrypted ??= keyIdOf(text)
  else content.damage ??= error instanceof Error ? error.message : String(error)
}

/** Another release, or another program, may have kept something else. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
