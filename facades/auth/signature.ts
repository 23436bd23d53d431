import { createHmac, timingSafeEqual } from 'node:crypto'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { type StoredJob, tenantHeader } from '../../src/contract/job.ts'
import { type Principal, principalHeader } from '../../src/contract/principal.ts'
import type { Key } from './keys.ts'
import { principalOf } from './principal.ts'

const version = '1'

/** What is signed, besides the job that it is for. */
interface Claim {
  principal: Principal
  /** Milliseconds since 1970. */
  untilMs?: number
}

/** `1.KEY.CLAIM.SIGNATURE`. It holds for this job alone: id, queue, name, tenant and body. */
export function sign(principal: Principal, job: StoredJob, { id, key }: Key, untilMs: number | undefined): string {
  const claim: Claim = { principal, ...(untilMs !== undefined && { untilMs }) }
  const text = Buffer.from(JSON.stringify(claim)).toString('base64url')
  return `${version}.${id}.${text}.${digest({ id, key }, text, job).toString('base64url')}`
}

/** The principal of a job that carries one. Throws `FW_AUTH_INVALID`. */
export function verify(job: StoredJob, keys: readonly Key[], nowMs: number): Principal {
  const parts = (job.headers?.[principalHeader] ?? '').split('.')
  const [form, keyId, text, signature] = parts
  if (parts.length !== 4 || form !== version || text === undefined) throw refused(job, 'it is not signed as ours are')
  const key = keys.find(({ id }) => id === keyId)
  if (key === undefined) throw refused(job, `this process does not know the key ${JSON.stringify(keyId)}`, true)
  const given = Buffer.from(signature!, 'base64url')
  const right = digest(key, text, job)
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw refused(job, 'its signature is not of this job: it was forged, changed, or moved here')
  }
  const { principal, untilMs = Infinity } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Claim
  if (nowMs >= untilMs) throw refused(job, `it has expired at ${new Date(untilMs).toISOString()}`)
  return principalOf(principal)
}

/** JSON ends where it ends: nothing of the body can be taken for a part of what stands before it. */
function digest({ id, key }: Key, text: string, job: StoredJob): Buffer {
  const about = [version, id, text, job.id, job.queue, job.name, job.headers?.[tenantHeader] ?? null]
  return createHmac('sha256', key)
    .update(`${JSON.stringify(about)}\n${job.body}`)
    .digest()
}

function refused(job: StoredJob, why: string, retryable = false): FiberWorkError {
  const message = `The principal of "${job.name}" ${job.id} is not to be trusted: ${why}.`
  return new FiberWorkError('FW_AUTH_INVALID', message, { retryable })
}
