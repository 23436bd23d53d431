import { FiberWorkError } from '../../contract/errors.ts'
import { mayDo, type Right, type Role, rolesWith } from './roles.ts'

/**
 * How somebody is known: by a token with each request, by the session that a token has opened, because the port is this machine's own and has no
 * tokens (or it is the command line), or because the server says so that the dashboard is mounted in.
 */
export const knownBy = ['token', 'session', 'machine', 'host'] as const

/** Who asks. */
export interface Caller {
  /** The name of a token; `local` for whoever reached a loopback port that has no tokens; `ada@host` on the command line. */
  name: string
  role: Role
  /** Only these queues; absent for all. One that ends in `*` means all that begin so. */
  queues?: readonly string[]
  /** `machine` when nothing is said. */
  by?: (typeof knownBy)[number]
  /** Where from, if over the network. */
  address?: string
}

/** Throws `FW_API_FORBIDDEN`. */
export function demand(caller: Caller, right: Right): void {
  if (mayDo(caller.role, right)) return
  throw new FiberWorkError(
    'FW_API_FORBIDDEN',
    `"${caller.name}" has the role ${caller.role}; this needs ${rolesWith(right).join(' or ')}.`,
  )
}

export function mayUse({ queues }: Caller, queue: string): boolean {
  return (
    queues === undefined ||
    queues.some((scope) => (scope.endsWith('*') ? queue.startsWith(scope.slice(0, -1)) : scope === queue))
  )
}

/** Throws `FW_API_FORBIDDEN` for a queue outside of the caller's scope. */
export function demandQueue(caller: Caller, queue: string): void {
  if (mayUse(caller, queue)) return
  throw new FiberWorkError('FW_API_FORBIDDEN', `"${caller.name}" may use the queues ${listed(caller)}, not "${queue}".`)
}

/** What is about the whole store is nothing for somebody with a few queues. Throws `FW_API_FORBIDDEN`. */
export function demandAll(caller: Caller): void {
  if (caller.queues === undefined) return
  throw new FiberWorkError(
    'FW_API_FORBIDDEN',
    `This is about the whole store, and "${caller.name}" may use the queues ${listed(caller)} only.`,
  )
}

/** The queue that a search is about: a caller of some queues names one of them, or has but one. Throws `FW_API_FORBIDDEN`. */
export function scopedQueue(caller: Caller, queue: string | undefined): string | undefined {
  if (queue !== undefined) {
    demandQueue(caller, queue)
    return queue
  }
  if (caller.queues === undefined) return undefined
  const [only, ...others] = caller.queues
  if (only !== undefined && others.length === 0 && !only.endsWith('*')) return only
  throw new FiberWorkError('FW_API_FORBIDDEN', `Name a queue (\`queue\`): "${caller.name}" may use ${listed(caller)}.`)
}

const listed = ({ queues = [] }: Caller): string => queues.join(', ')
