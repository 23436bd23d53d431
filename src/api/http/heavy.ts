import type { FastifyRequest } from 'fastify'
import type { Env } from '../../base/env.ts'

/** Longer bodies are heavy. */
const heavyChars = 64 * 1024
/** So many are at work at once: enough for a store to have one while another is read. */
const heavyMax = 4

const ends = new WeakMap<FastifyRequest, () => void>()

/** What a request asked for is done: its body is needed no more. */
export function leave(request: FastifyRequest): void {
  ends.get(request)?.()
}

/**
 * Large bodies, a few at a time: the others wait as the text that they came as. What is made of a text takes several times its memory until the store has
 * answered; fifty batches at once would outlive every nursery, and cost half as much again in garbage collection.
 */
export class Heavy {
  readonly #env: Env
  readonly #bodyBytesMax: number
  readonly #waiting: (() => void)[] = []
  #busy = 0

  /** `bodyBytesMax`: routes that take no more have nothing heavy. A long poll with many ids would keep its place for as long as it waits. */
  constructor(env: Env, bodyBytesMax: number) {
    this.#env = env
    this.#bodyBytesMax = bodyBytesMax
  }

  /**
   * `read` is called now, or when others have left; never for a request whose connection is gone by then. What it answers goes to `done`. To look through a large
   * text, to read it and to do something with it have a turn of the event loop each.
   */
  enter<Body>(
    request: FastifyRequest,
    text: string,
    read: (done: (error: Error | null, body?: Body) => void) => void,
    done: (error: Error | null, body?: Body) => void,
  ): void {
    if (text.length <= heavyChars || request.routeOptions.bodyLimit <= this.#bodyBytesMax) return read(done)
    const go = () => read((error, body) => this.#env.immediate(() => done(error, body)))
    const start = () => {
      const { socket } = request.raw
      if (socket.destroyed) return this.#next()
      this.#busy++
      const end = () => {
        if (!ends.delete(request)) return
        socket.off('close', end)
        this.#busy--
        this.#next()
      }
      ends.set(request, end)
      socket.on('close', end)
      this.#env.immediate(go)
    }
    if (this.#busy < heavyMax) start()
    else this.#waiting.push(start)
  }

  #next(): void {
    if (this.#busy < heavyMax) this.#waiting.shift()?.()
  }
}
