import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A pool of raw sockets, as users write them: it opens them outside of any job, and trusts whoever gives one back. */
export class LinePool implements Disposable {
  readonly #port: number
  readonly #free: Socket[] = []
  readonly #all = new Set<Socket>()
  readonly #outside = AsyncLocalStorage.snapshot()

  constructor(port: number) {
    this.#port = port
  }

  async borrow(): Promise<Socket> {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const socket = this.#outside(() => connect({ host: '127.0.0.1', port: this.#port, noDelay: true }))
    this.#all.add(socket.setEncoding('utf8').setKeepAlive(true))
    await once(socket, 'connect')
    return socket
  }

  giveBack(socket: Socket): void {
    this.#free.push(socket)
  }

  /** Send a line; the answer is the next one that comes. */
  async ask(line: string): Promise<string> {
    const socket = await this.borrow()
    socket.write(`${line}\n`)
    const answer = await nextOf(socket)
    this.giveBack(socket)
    return answer.trimEnd()
  }

  [Symbol.dispose](): void {
    for (const socket of this.#all) socket.destroy()
  }
}

function nextOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error('The socket was closed by somebody.'))
    socket.once('close', closed).once('data', (answer: string) => {
      socket.off('close', closed)
      resolve(answer)
    })
  })
}
