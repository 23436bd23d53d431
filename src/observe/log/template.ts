import type { EventName, Events, JobEvent, LogLevel } from '../../contract/events.ts'
import type { Fields } from './sink.ts'

export interface Line {
  level: LogLevel
  message: string
  fields: Fields
  /** Lines of a kind are counted together; undefined: always written. */
  kind: string | undefined
}

/** What an event says in the log. */
export interface Template<E extends EventName> {
  /** The highest level that it can have: 0 debug … 3 error. Below it nobody subscribes. */
  rank: number
  /** `floor` is the rank below which nothing is written; without a line it costs next to nothing. */
  of: (event: Events[E], floor: number) => Line | undefined
}

/** Whose it is. */
export const job = ({ id, name, queue, group, tenant, attempt, traceId, spanId }: JobEvent): Fields => ({
  job: id,
  name,
  queue,
  ...(tenant !== undefined && { tenant }),
  ...(group !== undefined && group !== tenant && { group }),
  attempt,
  ...(traceId !== undefined && { trace_id: traceId }),
  ...(spanId !== undefined && { span_id: spanId }),
})
export const line = (level: LogLevel, message: string, fields: Fields, kind: string | undefined): Line => ({
  level,
  message,
  fields,
  kind,
})

/** What each event says; events that are not there say nothing. */
export type Templates = { [E in EventName]?: Template<E> }
