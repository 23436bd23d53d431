import { Connection, type Group, Line, type Waiter } from './line.ts'
import { socketsMax } from './sockets.ts'

/** After so many requests, an origin gives a connection up for another one that waits without any. */
const streakMax = 64

/**
 * All HTTP sockets of the process, below its descriptor limit: whoever finds none free waits, first come first served within an
 * origin, in turns between origins. Idle connections of other origins give way.
 */
export class Pool {
  readonly #most: number
  #max: number
  #count = 0
  readonly #groups = new Set<Group>()
  /** Lines that wait because the process has all the sockets it may have. */
  readonly #starved = new Set<Line>()
  /** Lines of which something became free. */
  readonly #ready = new Set<Line>()
  #pumping = false

  constructor(max: number = socketsMax()) {
    this.#most = max
    this.#max = max
  }

  /** Sockets now, and how many there may be. */
  get sockets(): { count: number; max: number } {
    return { count: this.#count, max: this.#max }
  }

  lineOf(group: Group, origin: string): Line {
    let line = group.lines.get(origin)
    if (line === undefined) group.lines.set(origin, (line = new Line(origin, group)))
    return line
  }

  acquire(line: Line, waiter: Waiter): void {
    const connection = line.waiting.size === 0 ? this.#find(line) : undefined
    if (connection !== undefined) return waiter.granted(connection)
    line.waiting.push(waiter)
    this.#park(line)
  }

  /** The waiter has not been granted a connection, and wants none any more. */
  leave(line: Line, waiter: Waiter): void {
    line.waiting.leave(waiter)
    this.#forget(line)
  }

  /** A request is over. `broken`: the connection is not to be used again. */
  release(connection: Connection, broken: boolean): void {
    const { line } = connection
    connection.busy--
    if (connection.busy === 0 && (broken || !connection.connected)) this.#close(connection)
    else if (!connection.closed) this.#list(connection)
    this.#freed(line)
  }

  /** The connection is up and can carry `capacity` requests at once. */
  connected(connection: Connection, capacity: number): void {
    const { line } = connection
    connection.connected = true
    connection.capacity = capacity
    line.capacity = capacity
    if (this.#max < this.#most) this.#max++
    if (line.max < line.group.originMax) line.max++
    if (connection.busy < capacity) this.#list(connection)
    this.#freed(line)
  }

  /** The socket is gone. With a request on it, the client has its own say: it fails it, or sends it on a new socket. */
  disconnected(connection: Connection): void {
    connection.connected = false
    if (connection.busy === 0) this.#close(connection)
    this.#freed(connection.line)
  }

  /** The system has no more descriptors (or ports to this origin): ask for less from now on, and grow back slowly. */
  exhausted(line: Line, what: 'descriptors' | 'ports'): void {
    if (what === 'ports') line.max = Math.max(1, Math.floor((line.count - 1) * 0.9))
    else this.#max = Math.max(1, Math.floor((this.#count - 1) * 0.9))
  }

  /** Close every connection of an instance; requests that run fail. */
  async closeAll(group: Group): Promise<void> {
    const closing = [...group.lines.values()].flatMap((line) => [...line.connections])
    await Promise.all(closing.map((connection) => connection.client.destroy()))
  }

  #find(line: Line): Connection | undefined {
    const connection = line.takeSpare() ?? (this.#room(line) ? this.#open(line) : undefined)
    if (connection === undefined) return undefined
    if (connection.busy++ === 0) line.group.idle.delete(connection)
    connection.served++
    return connection
  }

  #room(line: Line): boolean {
    const { group } = line
    if (isFull(line)) return false
    if (group.count >= group.max && !this.#evict(group)) return false
    if (this.#count < this.#max) return true
    for (const other of this.#groups) if (this.#evict(other)) return true
    return false
  }

  #evict(group: Group): boolean {
    const [oldest] = group.idle
    if (oldest === undefined) return false
    this.#close(oldest)
    return true
  }

  #open(line: Line): Connection {
    this.#groups.add(line.group)
    this.#count++
    line.group.count++
    const connection = new Connection(line)
    line.connections.add(connection)
    // The rest that it will carry need not open another one while it connects.
    if (connection.capacity > 1) this.#list(connection)
    return connection
  }

  #close(connection: Connection): void {
    if (connection.closed) return
    const { line } = connection
    connection.closed = true
    line.group.idle.delete(connection)
    line.connections.delete(connection)
    this.#count--
    if (--line.group.count === 0) this.#groups.delete(line.group)
    void connection.client.destroy()
    this.#forget(line)
  }

  #list(connection: Connection): void {
    if (connection.busy === 0) connection.line.group.idle.add(connection)
    if (connection.listed || connection.busy >= connection.capacity) return
    connection.listed = true
    connection.line.spare.push(connection)
  }

  /** An origin that has no connection and nobody waiting is forgotten, or a crawler's process would fill up with them. */
  #forget(line: Line): void {
    if (line.count === 0 && line.waiting.size === 0) {
      line.group.lines.delete(line.origin)
      line.group.starved.delete(line)
      this.#starved.delete(line)
    }
  }

  /** Where to look for a line that has to wait: by what it waits for. Its own connections find it without that. */
  #park(line: Line): void {
    if (isFull(line)) return
    const place = line.group.count >= line.group.max ? line.group.starved : this.#starved
    place.add(line)
  }

  #freed(line: Line): void {
    this.#ready.add(line)
    if (this.#pumping) return
    this.#pumping = true
    // Not inside the completion of a request: undici has not yet finished with its connection there.
    queueMicrotask(() => this.#pump())
  }

  /** One loop and no recursion, however many fail at once: what is freed meanwhile joins the set that is walked. */
  #pump(): void {
    for (const line of this.#ready) {
      this.#ready.delete(line)
      this.#serve(line)
      this.#turn(line.group.starved)
      this.#turn(this.#starved)
    }
    this.#pumping = false
  }

  /** Those that starve, each in its turn, as long as there is room. */
  #turn(starved: Set<Line>): void {
    for (const line of starved) {
      starved.delete(line)
      if (line.waiting.size === 0 || isFull(line)) continue
      this.#serve(line)
      if (starved.has(line)) return
    }
  }

  #serve(line: Line): void {
    while (line.waiting.size > 0) {
      if (line.streak >= streakMax && this.#giveWay(line)) return
      const connection = this.#find(line)
      if (connection === undefined) return this.#park(line)
      line.streak++
      line.waiting.shift()?.granted(connection)
    }
  }

  /** Close a free connection of this origin for others that have none, and wait behind them. */
  #giveWay(line: Line): boolean {
    const starve = (lines: Set<Line>) => lines.size > (lines.has(line) ? 1 : 0)
    if (!starve(line.group.starved) && !starve(this.#starved)) return false
    const connection = line.takeSpare()
    if (connection === undefined || connection.busy > 0) return false
    line.streak = 0
    this.#close(connection)
    line.group.starved.delete(line)
    this.#starved.delete(line)
    this.#park(line)
    return true
  }
}

/** It may have no more connections of its own, whatever becomes free elsewhere. */
function isFull(line: Line): boolean {
  return line.count >= line.max || (line.capacity === undefined && line.count > 0)
}
