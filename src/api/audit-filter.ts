import type { AuditEntry } from '../contract/audit.ts'

/** Which entries of the audit log are meant: all given fields must hold. */
export interface AuditFilter {
  /** Who did it: the name of a token, `local`, or `ada@host` at the command line. */
  actor?: string
  /** What was done: the id of the operation, `pauseGroup`. */
  operation?: string
  /** On this queue, or on jobs of it by a filter. */
  queue?: string
  outcome?: AuditOutcome
  /** Each of its words is contained in who, as what, from where, what, on what, or the code of the refusal, whatever the case. */
  text?: string
  /** Then or later. */
  fromMs?: number
  /** Before then. */
  toMs?: number
}

export const auditOutcomes = ['done', 'refused'] as const
export type AuditOutcome = (typeof auditOutcomes)[number]

/** The times aside: where they begin and end the log itself knows. */
export function isMeant(entry: AuditEntry, { actor, operation, queue, outcome, text }: AuditFilter): boolean {
  return (
    (actor === undefined || entry.actor === actor) &&
    (operation === undefined || entry.operation === operation) &&
    (queue === undefined || queuesOf(entry).includes(queue)) &&
    (outcome === undefined || outcomeOf(entry) === outcome) &&
    (text === undefined || hasWords(entry, text))
  )
}

const outcomeOf = ({ failed }: AuditEntry): AuditOutcome => (failed === undefined ? 'done' : 'refused')

/** `{ queue }` of a queue or a list, `{ queues }` of a token, `{ filter: { queue } }` of a bulk action. */
function queuesOf({ details }: AuditEntry): unknown[] {
  const { queue, queues, filter } = details
  const filtered = typeof filter === 'object' && filter !== null && 'queue' in filter ? filter.queue : undefined
  return [queue, filtered, ...(Array.isArray(queues) ? (queues as unknown[]) : [])]
}

function hasWords({ actor, role, from = '', operation, failed = '', details }: AuditEntry, text: string): boolean {
  const spoken = operation.replace(/[A-Z]/g, (letter) => ` ${letter}`)
  const all = [actor, role, from, operation, spoken, failed, JSON.stringify(details)].join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}
