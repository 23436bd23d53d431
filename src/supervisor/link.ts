import type { Role, ToProcess, ToSupervisor } from './messages.ts'

/** A process's end of the line to its supervisor. */
export interface Link {
  /** What this process is for. */
  readonly role: Role
  /** Another process works at this place, and leaves once this one is ready. */
  readonly takesOver: boolean
  /** False once the supervisor is gone, however it ended. */
  readonly connected: boolean
  send(message: ToSupervisor): Promise<void>
  /** Asked to stop, or (level 1) left alone. */
  onStop(listener: (level: 1 | 2, reason: string) => void): void
  /** One listener a kind. What came before there was one is told to it. */
  hear<K extends Heard>(kind: K, listener: (message: Extract<ToProcess, { kind: K }>) => void): void
  /** Nothing more is said: the process may end. */
  close(): void
}

type Heard = Exclude<ToProcess['kind'], 'stop'>

/** The role, in the environment of a process; taken out of it at once: what handlers start is not supervised by ours. */
export const supervisedVariable = 'FIBER_WORK_SUPERVISED'

/** So many messages are kept for a listener that is not there yet. */
const keptMax = 100

const takingOver = '+'

/** `0`, `1`: the places of the workers; `api`. With a `+` behind it: where another one works still. */
export function textOfRole(role: Role, takesOver: boolean): string {
  return `${role.kind === 'api' ? 'api' : role.place}${takesOver ? takingOver : ''}`
}

function roleOf(text: string): Pick<Link, 'role' | 'takesOver'> {
  const takesOver = text.endsWith(takingOver)
  const place = takesOver ? text.slice(0, -takingOver.length) : text
  return { role: place === 'api' ? { kind: 'api' } : { kind: 'worker', place: Number(place) }, takesOver }
}

/** The link, if a supervisor started this process. */
export function linkToSupervisor(): Link | undefined {
  const { [supervisedVariable]: supervised } = process.env
  delete process.env[supervisedVariable]
  if (supervised === undefined || process.channel === undefined) return undefined
  // What was asked for before anybody listens is told to the first who does.
  let asked: [level: 1 | 2, reason: string] | undefined
  let stop = (level: 1 | 2, reason: string): void => {
    asked = [level, reason]
  }
  const early: ToProcess[] = []
  const listeners = new Map<string, (message: never) => void>()
  process.on('message', (message: ToProcess) => {
    if (message.kind === 'stop') return stop(message.level, message.reason)
    const listener = listeners.get(message.kind)
    if (listener !== undefined) listener(message as never)
    else if (early.length < keptMax) early.push(message)
  })
  process.on('disconnect', () => stop(1, 'its supervisor is gone'))
  // What else would report a supervisor that died while something was being written to it.
  process.on('error', () => {})
  return {
    ...roleOf(supervised),
    get connected() {
      return process.connected
    },
    send: (message) =>
      new Promise<void>((resolve) => {
        if (!process.connected) return resolve()
        process.send!(message, undefined, undefined, () => resolve())
      }),
    onStop(listener) {
      stop = listener
      if (asked !== undefined) listener(...asked)
    },
    hear(kind, listener) {
      listeners.set(kind, listener as (message: never) => void)
      const mine = early.filter((message) => message.kind === kind)
      early.splice(0, Infinity, ...early.filter((message) => message.kind !== kind))
      for (const message of mine) listener(message as never)
    },
    close() {
      stop = () => {}
      if (process.connected) process.disconnect()
    },
  }
}
