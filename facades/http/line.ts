import type { Client } from 'undici'
import { Queue, type Waiting } from './queue.ts'

/** Who asks for a connection. */
export interface Waiter extends Waiting {
  /** Called once, when a connection is free; it has to be given back by `release`. */
  granted(connection: Connection): void
}

/** The connections of one client instance, to whatever origins. */
export interface Group {
  /** The most sockets of the instance. */
  readonly max: number
  /** The most sockets to one origin. */
  readonly originMax: number
  /** Connections may be HTTP/2: learn it from the first one before opening more. */
  readonly mayMultiplex: boolean
  readonly open: (connection: Connection) => Client
  readonly lines: Map<string, Line>
  /** Lines that wait because the instance has all the sockets it may have. */
  readonly starved: Set<Line>
  /** Connections that do nothing, longest first. */
  readonly idle: Set<Connection>
  count: number
}

/** One origin of one instance: its connections, and who waits for one. */
export class Line {
  readonly origin: string
  /** The same, once for all its connections. */
  readonly url: URL
  readonly group: Group
  readonly waiting = new Queue<Waiter>()
  /** Connections that can take one more request; the last one used comes first. */
  readonly spare: Connection[] = []
  /** Below the group's after the system ran out of ports for this origin. */
  max: number
  readonly connections = new Set<Connection>()
  /** Requests that one connection carries at once, once a connection has told; 1 over HTTP/1.1. */
  capacity: number | undefined
  /** Requests that waited and were served, since it last gave way to another origin. */
  streak = 0

  constructor(origin: string, group: Group) {
    this.origin = origin
    this.url = new URL(origin)
    this.group = group
    this.max = group.originMax
    this.capacity = group.mayMultiplex ? undefined : 1
  }

  get count(): number {
    return this.connections.size
  }

  takeSpare(): Connection | undefined {
    for (let last = this.spare.at(-1); last !== undefined; last = this.spare.at(-1)) {
      if (!last.closed && last.busy < last.capacity) return last
      last.listed = false
      this.spare.pop()
    }
    return undefined
  }
}

/** One undici client, which is one socket. */
export class Connection {
  readonly line: Line
  readonly client: Client
  /** Requests on it now. */
  busy = 0
  capacity: number
  /** Requests that it has carried. More than one: its server may close it under the next. */
  served = 0
  connected = false
  /** It speaks HTTP/2. */
  multiplexed = false
  closed = false
  /** In its line's `spare`. */
  listed = false

  constructor(line: Line) {
    this.line = line
    this.capacity = line.capacity ?? 1
    this.client = line.group.open(this)
  }
}
