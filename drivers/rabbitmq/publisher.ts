import { sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { ConfirmChannel, Message, Options } from './client.ts'
import type { Line } from './line.ts'
import type { Settings } from './options.ts'

/** A message that is to be published. */
export interface Letter {
  exchange: string
  key: string
  content: Buffer
  options: Options.Publish & { messageId: string }
}

/** `refused`: the queue takes no more. `returned`: no queue is bound to where it went. */
export type Fate = 'confirmed' | 'refused' | 'returned'

/** What became of letters that were published together, as far as it is known. */
export class Posting {
  readonly letters: readonly Letter[]
  readonly fates: (Fate | undefined)[]

  constructor(letters: readonly Letter[]) {
    this.letters = letters
    this.fates = letters.map(() => undefined)
  }

  get isComplete(): boolean {
    return !this.fates.includes(undefined)
  }
}

/** A broker that is short of memory or disk may get better; who waits is told why. */
const patienceMs = 8_000

/** Publishes, and knows of each message whether the broker has it: confirmed, and routed to a queue. */
export class Publisher {
  readonly #settings: Settings
  readonly #line: () => Promise<Line>
  #desk: Promise<Desk> | undefined

  constructor(settings: Settings, line: () => Promise<Line>) {
    this.#settings = settings
    this.#line = line
  }

  /**
   * Resolves when every letter has its fate. After a failure, posting the same again publishes those without one: they may have
   * arrived, so that they are there twice then. @throws FW_STORE_FULL, FW_STORE_FAILED, FW_CONNECT_FAILED, FW_CALL_TIMEOUT
   */
  async post(posting: Posting): Promise<readonly Fate[]> {
    if (!posting.isComplete) {
      const desk = await this.#open()
      const sending = desk.send(posting)
      await Promise.race([sending, this.#patience(desk.line, sending)])
    }
    return posting.fates as readonly Fate[]
  }

  #open(): Promise<Desk> {
    this.#desk ??= this.#line()
      .then(async (line) => {
        const desk = new Desk(line, await line.confirmChannel())
        desk.channel.on('close', () => (this.#desk = undefined))
        return desk
      })
      .catch((error: unknown) => {
        this.#desk = undefined
        throw error
      })
    return this.#desk
  }

  /** Fails when the broker takes nothing for so long; what is under way stays so. */
  async #patience(line: Line, sending: Promise<void>): Promise<void> {
    const end = new AbortController()
    void sending.then(
      () => end.abort(),
      () => end.abort(),
    )
    await sleep(this.#settings.env, patienceMs, end.signal)
    if (end.signal.aborted || line.blocked === undefined) return sending
    const message = `${this.#settings.place.shown} takes no messages at the moment: ${line.blocked}.`
    throw new FiberWorkError('FW_STORE_FULL', message)
  }
}

/** One confirm channel, and what is under way on it. */
class Desk {
  readonly line: Line
  readonly channel: ConfirmChannel
  /** Message ids that came back because no queue was there: the broker says so before it confirms them. */
  readonly #returned = new Set<string>()
  readonly #sending = new Map<Posting, Promise<void>>()

  constructor(line: Line, channel: ConfirmChannel) {
    this.line = line
    this.channel = channel
    channel.on('return', ({ properties }: Message) => this.#returned.add(String(properties.messageId)))
  }

  /** A posting that is under way here already is only waited for. */
  send(posting: Posting): Promise<void> {
    const known = this.#sending.get(posting)
    if (known !== undefined) return known
    const sending = this.#guard(this.#publish(posting)).finally(() => this.#sending.delete(posting))
    this.#sending.set(posting, sending)
    return sending
  }

  async #guard(sending: Promise<void>): Promise<void> {
    try {
      await this.line.within('publish', sending)
    } catch (error) {
      throw this.line.told(error)
    }
  }

  #publish({ letters, fates }: Posting): Promise<void> {
    const { channel } = this
    return new Promise((resolve, reject) => {
      let open = 0
      for (let i = 0; i < letters.length; i++) if (fates[i] === undefined) open++
      const told = (i: number, error: Error | null) => {
        if (error !== null && error.message !== 'message nacked') return reject(error)
        fates[i] = error === null ? this.#fateOf(letters[i]!) : 'refused'
        if (--open === 0) resolve()
      }
      if (open === 0) return resolve()
      for (let i = 0; i < letters.length; i++) {
        if (fates[i] !== undefined) continue
        const { exchange, key, content, options } = letters[i]!
        channel.publish(exchange, key, content, options, (error: Error | null) => told(i, error))
      }
    })
  }

  #fateOf({ options }: Letter): Fate {
    return this.#returned.size > 0 && this.#returned.delete(options.messageId) ? 'returned' : 'confirmed'
  }
}
