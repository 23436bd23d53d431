import type { StoredJob, Unique } from '../../src/contract/index.ts'
import type { Fate } from './fate.ts'

/** What a message carries with its job, so that whoever takes it need not ask the ledger first. */
export interface Ticket {
  /** Of the job: the message may be called otherwise. */
  id: string
  copy: string
  /** Of the fate, when the message was written. */
  version: number
  order: string
  enqueuedAtMs: number
  unique?: Unique
  /** The job had headers of its own, none of them. */
  bare?: true
}

const header = 'fiber-work-ledger'

/** The job as the broker gets it. The first message of a job has its id; those that come after it are called anew, since a broker may know the id. */
export function sealed(job: StoredJob, fate: Fate, version: number, isFirst: boolean): StoredJob {
  const { unique, headers, ...rest } = job
  const { copy, order, enqueuedAtMs } = fate
  const ticket: Ticket = { id: job.id, copy, version, order, enqueuedAtMs }
  if (unique !== undefined) ticket.unique = unique
  if (headers !== undefined && Object.keys(headers).length === 0) ticket.bare = true
  return { ...rest, id: isFirst ? job.id : copy, headers: { ...headers, [header]: JSON.stringify(ticket) } }
}

/** Without a ticket: a message of somebody else's. */
export function opened(message: StoredJob): { job: StoredJob; ticket?: Ticket } {
  const text = message.headers?.[header]
  if (text === undefined) return { job: message }
  const ticket = JSON.parse(text) as Ticket
  const { headers, ...rest } = message
  const { [header]: _, ...own } = headers!
  const job: StoredJob = { ...rest, id: ticket.id }
  if (Object.keys(own).length > 0 || ticket.bare === true) job.headers = own
  if (ticket.unique !== undefined) job.unique = ticket.unique
  return { job, ticket }
}
