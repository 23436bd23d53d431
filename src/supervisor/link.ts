import type { HealthReport } from '../api/health.ts'
import type { ToSupervisor, ToWorker } from './messages.ts'

/** The worker process's end of the line to its supervisor. */
export interface Link {
  /** False once the supervisor is gone, however it ended. */
  readonly connected: boolean
  send(message: ToSupervisor): Promise<void>
  /** Asked to stop, or (level 1) left alone. */
  onStop(listener: (level: 1 | 2, reason: string) => void): void
  onHealth(answer: () => Promise<HealthReport>): void
  /** Nothing more is said: the process may end. */
  close(): void
}

/** Set in the environment of a worker process, and taken out of it at once: what handlers start is not supervised by ours. */
export const supervisedVariable = 'FIBER_WORK_SUPERVISED'

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
  let health: (() => Promise<HealthReport>) | undefined
  const send = (message: ToSupervisor) =>
    new Promise<void>((resolve) => {
      if (!process.connected) return resolve()
      process.send!(message, undefined, undefined, () => resolve())
    })
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') stop(message.level, message.reason)
    else void health?.().then((report) => send({ kind: 'health', ask: message.ask, report }))
  })
  process.on('disconnect', () => stop(1, 'its supervisor is gone'))
  // What else would report a supervisor that died while something was being written to it.
  process.on('error', () => {})
  return {
    get connected() {
      return process.connected
    },
    send,
    onStop(listener) {
      stop = listener
      if (asked !== undefined) listener(...asked)
    },
    onHealth: (answer) => (health = answer),
    close() {
      stop = () => {}
      if (process.connected) process.disconnect()
    },
  }
}
