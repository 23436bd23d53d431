import type { Ending, Event } from './events.ts'

/** One execution of a job. */
export interface Run {
  id: string
  run: string
  pid: number
  attempt: number
  crashes: number
  startMs: number
  /** Absent when its process died under it, or it never came to an end. */
  end?: { atMs: number; how: Ending }
}

/** What was done to a process, and when it learned that its session had been taken back; by time. */
export interface Fault {
  kind: 'kill' | 'term' | 'pause' | 'resume' | 'revoked'
  atMs: number
}

const faultKinds: readonly string[] = ['kill', 'term', 'pause', 'resume', 'revoked'] satisfies Fault['kind'][]

/** The executions of each job in the order of their starts, and the faults of each process. */
export function executionsOf(events: readonly Event[]): { runs: Map<string, Run[]>; faults: Map<number, Fault[]> } {
  const runs = new Map<string, Run[]>()
  const byName = new Map<string, Run>()
  const faults = new Map<number, Fault[]>()
  for (const event of events) {
    const { atMs, pid } = event
    if (event.kind === 'start') {
      const { id, run, attempt, crashes } = event
      const started: Run = { id, run, pid, attempt, crashes, startMs: atMs }
      byName.set(run, started)
      push(runs, id, started)
    } else if (event.kind === 'end') {
      const run = byName.get(event.run)
      if (run !== undefined) run.end = { atMs, how: event.how }
    } else if (isFault(event)) {
      push(faults, pid, { kind: event.kind, atMs })
    }
  }
  return { runs, faults }
}

function isFault(event: Event): event is Event & { kind: Fault['kind'] } {
  return faultKinds.includes(event.kind)
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
