import { connect, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { Deadlined, type Deadlines } from './deadlines.ts'

type Connector = buildConnector.connector
type Done = buildConnector.Callback

const waiting = Symbol('fiber-work.connecting')
type Waiting = Socket & { [waiting]?: Connecting | undefined }

/**
 * Connections to http: origins. undici's own connector keeps a timer, two weak references and four closures for each socket
 * as long as it lives; at 10,000 sockets that is memory.
 */
export function plainConnector(deadlines: Deadlines, timeoutMs: number, http2: boolean): Connector {
  return (to, done) => {
    const socket: Waiting = connect({
      host: to.hostname,
      port: Number(to.port) || 80,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      ...(to.localAddress ? { localAddress: to.localAddress } : {}),
    })
    if (http2) Object.assign(socket, { alpnProtocol: 'h2' })
    const connecting = new Connecting(socket, done, deadlines)
    socket[waiting] = connecting
    socket.on('connect', onConnect).on('error', onError)
    deadlines.add(connecting, timeoutMs)
  }
}

/** What is needed until the socket is up. */
class Connecting extends Deadlined {
  readonly socket: Socket
  readonly done: Done
  readonly deadlines: Deadlines

  constructor(socket: Socket, done: Done, deadlines: Deadlines) {
    super()
    this.socket = socket
    this.done = done
    this.deadlines = deadlines
  }

  expired(): void {
    this.socket.destroy(Object.assign(new Error('Connect timeout'), { code: 'ETIMEDOUT' }))
  }
}

function end(socket: Waiting): Done | undefined {
  const connecting = socket[waiting]
  socket[waiting] = undefined
  socket.off('connect', onConnect)
  if (connecting === undefined) return undefined
  connecting.deadlines.remove(connecting)
  return connecting.done
}

function onConnect(this: Socket): void {
  const done = end(this)
  done?.(null, this)
  // Only now: undici has put its own listener in place.
  this.off('error', onError)
}

function onError(this: Socket, error: Error): void {
  end(this)?.(error, null)
}
