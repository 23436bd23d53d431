import { createHash } from 'node:crypto'
import { FiberWorkError } from '../../src/contract/index.ts'

/** Queue and exchange names are short strings on the wire. */
const bytesMax = 255
const prefixPattern = /^[A-Za-z0-9_-]{0,60}$/

/** How our queues and exchanges are called on the broker. No two of our names are one, whatever a queue is called. */
export class Names {
  readonly #prefix: string
  readonly #known = new Map<string, string>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The broker's queue that holds the jobs of a queue of ours. @throws FW_NAME_INVALID */
  queue(queue: string): string {
    const known = this.#known.get(queue)
    if (known !== undefined) return known
    const name = this.#prefix === '' ? queue : `${this.#prefix}.${queue}`
    check(queue, name)
    // What a client asks for by name may be anything: the names are kept, but not without end.
    if (this.#known.size >= 10_000) this.#known.clear()
    this.#known.set(queue, name)
    return name
  }

  /** Where its dead letters lie. */
  dead(queue: string): string {
    return this.#aside('dead', queue)
  }

  /** Where its jobs wait for `2 ** level` ms. */
  rung(queue: string, level: number): string {
    return this.#aside(`delay-${level}`, queue)
  }

  /** Where a worker's long jobs lie: see `long.ts`. */
  long(queue: string, session: string): string {
    return this.#aside('long', `${keyOf(session)}/${keyOf(queue)}`)
  }

  /** What the names of all such queues begin with. */
  get longs(): string {
    return this.#aside('long', '')
  }

  /** Jobs that wait for `2 ** level` ms, or pass by, come in here. */
  rungExchange(level: number): string {
    return this.#aside('delay', String(level))
  }

  /** Jobs that have waited come out here. */
  get dueExchange(): string {
    return this.#aside('delay', 'due')
  }

  #aside(what: string, name: string): string {
    const aside = `${this.#prefix === '' ? 'fiber-work' : this.#prefix}/${what}/${name}`
    check(name, aside)
    return aside
  }
}

/** A word of a routing key that stands for a queue, whatever dots and stars are in its name. */
export const keyOf = (queue: string): string => createHash('sha256').update(queue).digest('base64url').slice(0, 22)

/** @throws FW_CONFIG_INVALID */
export function checkPrefix(prefix: string): string {
  if (prefixPattern.test(prefix)) return prefix
  const message = `prefix is ${JSON.stringify(prefix)}; up to 60 of A–Z a–z 0–9 _ - are allowed, or none.`
  throw new FiberWorkError('FW_CONFIG_INVALID', message)
}

function check(queue: string, name: string): void {
  const wrong = faultOf(name)
  if (wrong === undefined) return
  throw new FiberWorkError('FW_NAME_INVALID', `The queue name ${shown(queue)} cannot be used on RabbitMQ: ${wrong}.`)
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (!name.isWellFormed()) return 'it holds half a character'
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'it holds control characters'
  if (name.startsWith('amq.')) return 'names that begin with amq. are the broker’s own'
  const bytes = Buffer.byteLength(name)
  if (bytes > bytesMax) return `with its prefix it has ${bytes} bytes, and ${bytesMax} are allowed`
  return undefined
}

const shown = (name: string): string => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
