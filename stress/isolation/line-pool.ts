import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A pool of raw sockets, as users write them: it trusts whoever gives one back. */
export class LinePool implements Disposable {
  readonly #port: number
  readonly #free: Socket[] = []
  readonly #all = new Set<Socket>()

  constructor(port: number) {
    this.#port = port
  }

  async borrow(): Promise<Socket> {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true }).setEncoding('utf8')
    this.#all.add(socket)
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
    const [answer] = (await once(socket, 'data')) as [string]
    this.giveBack(socket)
    return answer.trimEnd()
  }

  [Symbol.dispose](): void {
    for (const socket of this.#all) socket.destroy()
  }
}
