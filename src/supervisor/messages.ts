import type { EventWish, Question, Reloaded, StreamEvent } from '../contract/fleet.ts'

/** What a worker process has done, when it ends. */
export interface Summary {
  done: number
  retried: number
  dead: number
  cancelled: number
  quarantined: number
  /** Given back while it stopped. */
  released: number
  wallMs: number
}

/** What a process of a supervisor is for: a worker at its place, or the API over all of them. */
export type Role = { kind: 'worker'; place: number } | { kind: 'api' }

/** The number of an ask, unique between two processes. */
type Ask = number

/** The answer to one question: JSON, which only the two ends read. Without `error` and `json`: undefined. */
export interface Told {
  json?: string | undefined
  error?: string | undefined
}

/** What all worker processes told. */
export interface ToldByAll {
  answers: { process: number; pid: number; json?: string | undefined }[]
  missing: string[]
}

/** From the supervisor to a process. */
export type ToProcess =
  /** 1: drain. 2: now. */
  | { kind: 'stop'; level: 1 | 2; reason: string }
  | { kind: 'ask'; ask: Ask; question: Question; json?: string | undefined }
  /** What is wanted by whoever watches; nothing when nobody does any more. */
  | { kind: 'watch'; wish?: EventWish | undefined }
  /** To the API process: its predecessor has left the port. */
  | { kind: 'go' }
  | { kind: 'answers'; ask: Ask; told: ToldByAll }
  | { kind: 'events'; events: StreamEvent[] }
  | { kind: 'reloaded'; ask: Ask; reloaded: Reloaded }

/** What the configuration, as this process has read it, asks of the supervisor: it reads no file a second time by itself. */
export interface Wanted {
  processes: number
  api: boolean
}

/** From a process to its supervisor. */
export type ToSupervisor =
  /** It works; from now on it is worth restarting. */
  | { kind: 'up'; graceMs: number; wanted: Wanted; url?: string | undefined; pageUrl?: string | undefined }
  /** The API process has all that it needs, and waits for its turn at the port. */
  | { kind: 'prepared' }
  | { kind: 'answer'; ask: Ask; told: Told }
  | { kind: 'events'; events: StreamEvent[] }
  /** Its user said goodbye (the dashboard's quit): all end. */
  | { kind: 'quit'; level: 1 | 2 }
  | { kind: 'ended'; summary: Summary }
  /** It could not start, or broke off. */
  | { kind: 'failed'; error: { code: string | undefined; message: string; remedy: string } }
  /** The API process asks the workers. */
  | { kind: 'askAll'; ask: Ask; question: Question; json?: string | undefined }
  | { kind: 'watch'; wish?: EventWish | undefined }
  | { kind: 'reload'; ask: Ask }
