import type { ChildProcess } from 'node:child_process'
import type { ZombieKind } from '../contract/events.ts'

/** One kind of what a job can leave behind: how it looks, whether it still is, and how it is ended. */
export interface Kind {
  kind: ZombieKind
  /** It works on, or keeps the process alive, and nobody has said that it may stay. */
  alive: (thing: never) => boolean
  /** `an interval of 1000 ms` */
  text: (thing: never) => string
  close: (thing: never) => unknown
}

/** A timer or an immediate. What begins with an underscore is Node's own; a test holds it to this. */
interface Tick {
  readonly _destroyed?: boolean
  readonly _repeat?: number | null
  readonly _idleTimeout?: number
  hasRef(): boolean
}

/** The native half of a socket, server, process, watcher; Node's own half hangs on it under a symbol. */
interface NativeHandle {
  hasRef?(): boolean
  close(): unknown
}

interface Owner extends Partial<Pick<ChildProcess, 'pid' | 'spawnfile' | 'kill'>> {
  remoteAddress?: string
  remotePort?: number
  address?(): string | { address?: string; port?: number } | null
  destroy?(): unknown
  close?(): unknown
  stop?(): unknown
  closeAllConnections?(): unknown
}

/**
 * A one-shot that does not keep the process alive is the housekeeping of a library: nobody waits for it. An interval goes on for
 * ever, whether it does or not.
 */
const timerAlive = (timer: Tick) => timer._destroyed === false && (isInterval(timer) || timer.hasRef())
const isInterval = ({ _repeat }: Tick) => typeof _repeat === 'number'
const timerText = (what: string) => (timer: Tick) => `${what} of ${String(timer._idleTimeout)} ms`

const timer: Kind = {
  kind: 'timer',
  alive: timerAlive,
  text: timerText('a timer'),
  close: (thing: NodeJS.Timeout) => clearTimeout(thing),
}
const interval: Kind = { ...timer, kind: 'interval', text: timerText('an interval') }
const immediate: Kind = {
  kind: 'immediate',
  alive: (thing: Tick) => thing._destroyed === false,
  text: () => 'an immediate',
  close: (thing: NodeJS.Immediate) => clearImmediate(thing),
}

/** A pool that unrefs its idle connections has said that nobody waits for them. */
const handleAlive = (handle: NativeHandle) => handle.hasRef?.() === true

function handle(kind: ZombieKind, text: (owner: Owner) => string, close?: (owner: Owner) => unknown): Kind {
  return {
    kind,
    alive: handleAlive,
    text: (native: NativeHandle) => text(ownerOf(native) ?? {}),
    close(native: NativeHandle) {
      const owner = ownerOf(native)
      return owner === undefined || close === undefined ? native.close() : close(owner)
    },
  }
}

const socket = handle(
  'socket',
  ({ remoteAddress, remotePort }) =>
    remoteAddress === undefined ? 'a socket' : `a socket to ${addressText(remoteAddress, remotePort)}`,
  (owner) => owner.destroy?.(),
)
const server = handle('server', serverText, (owner) => {
  owner.closeAllConnections?.()
  return owner.close?.()
})

/** What is followed, by the names that Node's async hooks have for it. */
const kinds: Readonly<Record<string, Kind>> = {
  Timeout: timer,
  Immediate: immediate,
  TCPWRAP: socket,
  TCPSERVERWRAP: server,
  PIPEWRAP: handle(
    'pipe',
    () => 'a pipe',
    (owner) => owner.destroy?.(),
  ),
  PIPESERVERWRAP: server,
  UDPWRAP: handle(
    'socket',
    (owner) => `a UDP socket${localText(owner)}`,
    (owner) => owner.close?.(),
  ),
  PROCESSWRAP: handle(
    'process',
    ({ pid, spawnfile }) => `a child process (${[spawnfile, pid === undefined ? '' : `pid ${pid}`].join(' ').trim()})`,
    (owner) => owner.kill?.('SIGKILL'),
  ),
  FSEVENTWRAP: handle(
    'watcher',
    () => 'a file watcher',
    (owner) => owner.close?.(),
  ),
  STATWATCHER: handle(
    'watcher',
    () => 'a file watcher that polls',
    (owner) => owner.stop?.(),
  ),
  MESSAGEPORT: handle('port', () => 'a message port'),
}
const followed = new Map(Object.entries(kinds))

/** Undefined for what is not followed: requests, which end by themselves, and ticks. */
export const followedKind = (type: string): Kind | undefined => followed.get(type)

/** Told apart only once it is made. */
export const settledKind = (kind: Kind, thing: object): Kind =>
  kind === timer && isInterval(thing as Tick) ? interval : kind

/** The pipes to a child process are not told of beside it. */
export function belongsTo(thing: object, others: readonly object[]): boolean {
  const owner = ownerOf(thing)
  if (owner === undefined) return false
  return others.some((other) => {
    const child = ownerOf(other) as { stdio?: unknown[]; channel?: unknown } | undefined
    return child?.stdio?.includes(owner) === true || child?.channel === thing
  })
}

function ownerOf(native: object): Owner | undefined {
  const key = Object.getOwnPropertySymbols(native).find(({ description }) => description === 'owner_symbol')
  const owner: unknown = key === undefined ? undefined : (native as Record<symbol, unknown>)[key]
  return typeof owner === 'object' && owner !== null ? owner : undefined
}

function serverText(owner: Owner): string {
  const address = owner.address?.()
  return typeof address === 'string' ? `a server on ${address}` : `a server${localText(owner)}`
}

function localText(owner: Owner): string {
  const address = owner.address?.()
  return typeof address === 'object' && address?.port !== undefined ? ` on port ${address.port}` : ''
}

function addressText(address: string, port: number | undefined): string {
  return `${address.includes(':') ? `[${address}]` : address}:${String(port)}`
}
