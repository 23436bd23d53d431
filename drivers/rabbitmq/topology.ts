import { FiberWorkError } from '../../src/contract/index.ts'
import type { Channel, Options } from './client.ts'
import { isMissing, replyCodeOf } from './errors.ts'
import { dueKey, levelMin, passKey, rungs, stayKey } from './ladder.ts'
import type { Line } from './line.ts'
import type { Settings } from './options.ts'

/** A queue that had no ladder is believed to have none for this long. */
const noLadderMs = 10_000

/** The queues and exchanges on the broker: made, or only looked at, when they are first needed. */
export class Topology {
  readonly #settings: Settings
  readonly #line: () => Promise<Line>
  readonly #ready = new Map<string, Promise<void>>()
  readonly #noLadderUntilMonoMs = new Map<string, number>()
  #channel: Promise<Channel> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(settings: Settings, line: () => Promise<Line>) {
    this.#settings = settings
    this.#line = line
  }

  /** The queue of jobs and its dead letters. @throws FW_CONFIG_INVALID, FW_NAME_INVALID, FW_STORE_FAILED */
  queue(queue: string): Promise<void> {
    return this.#once(`queue ${queue}`, async () => {
      const { names } = this.#settings
      await this.#declare(names.queue(queue), this.#workArguments())
      await this.#declare(names.dead(queue), {
        ...this.#kind(),
        'x-message-ttl': this.#settings.deadAgeMs,
        ...this.#expiry,
      })
    })
  }

  /** Where the queue's delayed jobs wait. */
  async ladder(queue: string): Promise<void> {
    await this.queue(queue)
    await this.#once('exchanges', () => this.#exchanges())
    await this.#once(`ladder ${queue}`, async () => {
      this.#noLadderUntilMonoMs.delete(queue)
      const { names } = this.#settings
      // The way down is there before anything can come down it.
      await this.#bind(names.queue(queue), names.dueExchange, dueKey(queue))
      for (const level of rungs) {
        await this.#declare(names.rung(queue, level), {
          ...this.#kind(),
          ...this.#expiry,
          ...this.#strategy,
          'x-message-ttl': 2 ** level,
          'x-dead-letter-exchange': this.#below(level),
        })
        await this.#bind(names.rung(queue, level), names.rungExchange(level), stayKey(queue, level))
      }
    })
  }

  /** A worker's own queue for its long jobs: what lies there unread for long goes back to where it came from. */
  long(queue: string, session: string, messageTtlMs: number): Promise<void> {
    const { names } = this.#settings
    const name = names.long(queue, session)
    return this.#once(name, () =>
      this.#declare(name, {
        ...this.#kind(),
        ...this.#strategy,
        'x-message-ttl': messageTtlMs,
        // Long after its last message has gone back by itself.
        'x-expires': Math.max(3_600_000, 10 * messageTtlMs),
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': names.queue(queue),
      }),
    )
  }

  /** How many messages are ready in a queue of the broker; undefined where it does not exist. */
  count(name: string): Promise<number | undefined> {
    return this.#ask(async (channel) => (await channel.checkQueue(name)).messageCount).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
  }

  /** Unless something lies there. */
  async removeEmpty(name: string): Promise<void> {
    this.#ready.delete(name)
    await this.#ask((channel) => channel.deleteQueue(name, { ifEmpty: true, ifUnused: true }))
  }

  /** How many messages wait on all rungs of a queue's ladder. */
  async climbing(queue: string): Promise<number> {
    const { names, env } = this.#settings
    // The broker logs each question for what does not exist: it is not asked all the time.
    if (env.monoMs() < (this.#noLadderUntilMonoMs.get(queue) ?? 0)) return 0
    let count = 0
    for (const level of rungs) {
      const here = await this.count(names.rung(queue, level))
      if (here === undefined && level === levelMin) {
        if (this.#noLadderUntilMonoMs.size > 1_000) this.#noLadderUntilMonoMs.clear()
        this.#noLadderUntilMonoMs.set(queue, env.monoMs() + noLadderMs)
        return 0
      }
      count += here ?? 0
    }
    return count
  }

  /** Something of this queue was found to be gone: it is made anew when it is next needed. */
  forget(queue: string): void {
    for (const what of [`queue ${queue}`, `ladder ${queue}`, 'exchanges']) this.#ready.delete(what)
  }

  #once(what: string, make: () => Promise<void>): Promise<void> {
    const known = this.#ready.get(what)
    if (known !== undefined) return known
    const making = make().catch((error: unknown) => {
      this.#ready.delete(what)
      throw error
    })
    this.#ready.set(what, making)
    return making
  }

  async #exchanges(): Promise<void> {
    const { names } = this.#settings
    await this.#exchange(names.dueExchange)
    for (const level of rungs) {
      await this.#exchange(names.rungExchange(level))
      await this.#passBy(level)
    }
  }

  #workArguments(): Record<string, unknown> {
    const { order, queueArguments } = this.#settings
    return { ...this.#kind(), ...(order === 'priority' && { 'x-max-priority': 9 }), ...queueArguments }
  }

  #kind(): Record<string, unknown> {
    return this.#settings.type === 'quorum' ? { 'x-queue-type': 'quorum' } : {}
  }

  /** Quorum queues can do better than the default, which may lose a message on its way down when a node dies. */
  get #strategy(): Record<string, unknown> {
    if (this.#settings.type !== 'quorum') return {}
    return { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' }
  }

  /** Queues that end when nobody uses them any more end together. */
  get #expiry(): Record<string, unknown> {
    const expires = this.#settings.queueArguments['x-expires']
    return expires === undefined ? {} : { 'x-expires': expires }
  }

  #below(level: number): string {
    const { names } = this.#settings
    return level === levelMin ? names.dueExchange : names.rungExchange(level - 1)
  }

  async #declare(name: string, args: Record<string, unknown>): Promise<void> {
    const options: Options.AssertQueue = { durable: true, arguments: args }
    await this.#ask(async (channel) => {
      try {
        await (this.#passive ? channel.checkQueue(name) : channel.assertQueue(name, options))
      } catch (error) {
        throw this.#explained(`queue "${name}"`, error)
      }
    })
  }

  async #exchange(name: string): Promise<void> {
    await this.#ask(async (channel) => {
      try {
        await (this.#passive ? channel.checkExchange(name) : channel.assertExchange(name, 'topic', { durable: true }))
      } catch (error) {
        throw this.#explained(`exchange "${name}"`, error)
      }
    })
  }

  async #bind(queue: string, exchange: string, key: string): Promise<void> {
    if (!this.#passive) await this.#ask((channel) => channel.bindQueue(queue, exchange, key))
  }

  async #passBy(level: number): Promise<void> {
    const from = this.#settings.names.rungExchange(level)
    if (!this.#passive) await this.#ask((channel) => channel.bindExchange(this.#below(level), from, passKey(level)))
  }

  get #passive(): boolean {
    return this.#settings.topology === 'passive'
  }

  /** What differs, and what to do about it. */
  #explained(what: string, error: unknown): unknown {
    const { shown } = this.#settings.place
    const invalid = (message: string) =>
      new FiberWorkError('FW_CONFIG_INVALID', `${shown}: the ${what} ${message}`, { cause: error })
    if (isMissing(error) && this.#passive) {
      return invalid('does not exist, and topology=passive forbids to make it. Declare it, or leave that out once.')
    }
    if (replyCodeOf(error) !== 406) return error
    const difference = /inequivalent arg (.*?)(?:"|$)/.exec(error instanceof Error ? error.message : '')?.[1]
    return invalid(
      `exists and is another than ours: ${difference ?? String(error)}. Delete it, choose another prefix, or use it as it is with topology=passive.`,
    )
  }

  /** One question at a time: a refusal closes the channel, and nobody else's question with it. */
  #ask<A>(question: (channel: Channel) => Promise<A>): Promise<A> {
    const answer = this.#turn.then(async () => {
      const line = await this.#line()
      try {
        this.#channel ??= line.channel()
        return await line.within('declare', question(await this.#channel))
      } catch (error) {
        this.#channel = undefined
        throw error instanceof FiberWorkError || isMissing(error) ? error : line.told(error)
      }
    })
    this.#turn = answer.catch(() => {})
    return answer
  }
}
