import type { MessagePort } from 'node:worker_threads'
import type { DriverTraits, Reservation } from '../contract/driver.ts'
import type { EventName } from '../contract/events.ts'
import type { Principal } from '../contract/principal.ts'
import type { StoredJob } from '../contract/job.ts'
import type { Encryption } from '../job/keyring.ts'
import type { Stop } from '../sandbox/fiber.ts'
import type { Carried } from './carry.ts'

/** What a thread is made with. */
export interface ThreadData {
  traits: DriverTraits
  bodyBytesMax: number
  /** Of the follow-ups. */
  encryption?: Encryption
}

/** Where a handler is found again. */
export interface Place {
  file: string
  queue: string
  name: string
}

/** One job for a thread; what is said about it goes through `port`. */
export interface Task extends Place {
  port: MessagePort
  /** Its body is left out: `data` is what the schema made of it. */
  loan: Reservation
  worker: string
  /** Verified by the main thread. */
  principal: Principal | undefined
  data: unknown
  attemptsMax: number
  timeoutMs: number
  stuckMs: number
  /** Events that somebody on the main thread listens to. */
  listening: EventName[]
}

/** The job is told to stop. */
export interface ToThread {
  kind: 'stop'
  why: Stop['kind']
  error: Carried
}

export type FromThread =
  /** The handler has been found: its first line comes now. */
  | { kind: 'began'; thread: number }
  /** The stop has arrived: the thread's loop turns. */
  | { kind: 'heard' }
  | { kind: 'progress'; text: string }
  | { kind: 'event'; event: EventName; payload: Record<string, unknown>; error?: Carried }
  /** A stray error, or an exit, was pinned on the job. */
  | { kind: 'blamed'; error: Carried }
  | {
      kind: 'ended'
      /** What the handler returned, unless `error` says what it threw. */
      value?: unknown
      error?: Carried
      followUps: StoredJob[] | undefined
      signalUsed: boolean
    }
