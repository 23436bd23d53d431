import type { Added, StoredJob } from '../../src/contract/index.ts'
import { Posting } from './publisher.ts'
import type { Presence } from './presence.ts'
import type { Parcel } from './wire.ts'

/** One call to enqueue, while it is repeated: what is confirmed is not sent again. */
export interface Sending {
  posting?: Posting
  /** Of each job, the letter that carries it; none where its id came before in the same call. */
  letterOf: (number | undefined)[]
}

export const beginSending = (): Sending => ({ letterOf: [] })

/** A broker knows no ids: the same id is added once a call, and again by the next. */
export async function enqueue({ mail, settings }: Presence, jobs: StoredJob[], sending: Sending): Promise<Added[]> {
  sending.posting ??= await compose({ mail, settings }, jobs, sending)
  const indexes = sending.letterOf
  const queues = jobs.filter((_, i) => indexes[i] !== undefined)
  const fates = await mail.send(sending.posting, (i) => queues[i]!.queue)
  return jobs.map(({ id }, i): Added => {
    const letter = indexes[i]
    const outcome = letter === undefined ? 'duplicate' : fates[letter] === 'refused' ? 'full' : 'added'
    return { outcome, id }
  })
}

async function compose(
  { mail, settings }: Pick<Presence, 'mail' | 'settings'>,
  jobs: StoredJob[],
  sending: Sending,
): Promise<Posting> {
  const askedAtMs = settings.env.nowMs()
  const parcels: Parcel[] = []
  const seen = new Set<string>()
  sending.letterOf = jobs.map((job) => {
    if (seen.has(job.id)) return undefined
    seen.add(job.id)
    return parcels.push(parcelOf(job, askedAtMs)) - 1
  })
  await mail.prepare(parcels, askedAtMs)
  const nowMs = settings.env.nowMs()
  // What had to be made first took its time: delays count from when the jobs are written.
  const lateMs = nowMs - askedAtMs
  return new Posting(parcels.map((parcel) => mail.letter(postponed(parcel, lateMs), nowMs)))
}

function parcelOf(job: StoredJob, nowMs: number): Parcel {
  const { due } = job
  const dueAtMs = due === undefined ? undefined : 'atMs' in due ? due.atMs : due.inMs > 0 ? nowMs + due.inMs : undefined
  return { job, attempts: 0, crashes: 0, enqueuedAtMs: nowMs, dueAtMs, error: undefined }
}

function postponed(parcel: Parcel, lateMs: number): Parcel {
  const { due } = parcel.job
  if (lateMs === 0) return parcel
  const dueAtMs = due !== undefined && 'inMs' in due && due.inMs > 0 ? parcel.dueAtMs! + lateMs : parcel.dueAtMs
  return { ...parcel, enqueuedAtMs: parcel.enqueuedAtMs + lateMs, dueAtMs }
}
