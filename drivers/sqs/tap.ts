import type { Message } from '@aws-sdk/client-sqs'
import type { Timer } from '../../src/base/env.ts'
import { isMissing } from './errors.ts'
import { Lines } from './fifo.ts'
import type { Link } from './link.ts'
import type { Loan } from './loans.ts'
import { leaseSeconds } from './options.ts'
import type { Queue, Queues } from './queues.ts'

/** What SQS gives in one receive, at most. */
const messagesMax = 10
/** A queue that gave something within this time is asked in short waits, so that closing is quick. */
const recentMs = 30_000
/** What nobody wants for so long goes back, for others to take. */
const unwantedMs = 1_000

export interface TapPorts {
  link: Link
  queues: Queues
  /** Makes loans of messages; what is no loan (not due yet, refused) it sees to. */
  lend: (queue: Queue, messages: Message[]) => Promise<{ loans: Loan[]; broken: string[] }>
  giveBack: (loans: Loan[]) => Promise<void>
  /** Something has come, or has failed. */
  arrived: () => void
  /** Somebody waits for what comes. */
  isAwaited: () => boolean
}

/**
 * What comes out of one queue: receives, several at once while they come back full, and what they brought. A receive cannot be
 * broken off without losing what it brings: it ends by itself, and whoever asks next has it.
 */
export class Tap {
  readonly name: string
  readonly lines = new Lines<Loan>()
  readonly #ports: TapPorts
  readonly #caught: Loan[] = []
  readonly #broken: string[] = []
  readonly #polls = new Set<Promise<number>>()
  /** How many messages the receives under way may bring. */
  #coming = 0
  /** How many receives may be under way: doubled by a full one, halved by an empty one. */
  #pace = 1
  #gaveMonoMs: number
  #trouble: { error: unknown } | undefined
  #unwanted: Timer | undefined

  constructor(name: string, ports: TapPorts) {
    this.name = name
    this.#ports = ports
    this.#gaveMonoMs = ports.link.settings.env.monoMs()
  }

  /** What is here, at most so many, and the ids of what was broken. */
  take(limit: number): { loans: Loan[]; broken: string[] } {
    const loans = this.#caught.splice(0, limit)
    if (this.#caught.length === 0) this.#stopClock()
    return { loans, broken: limit === 0 ? [] : this.#broken.splice(0) }
  }

  get hasTrouble(): boolean {
    return this.#trouble !== undefined
  }

  /** What went wrong since it was last asked. */
  takeTrouble(): { error: unknown } | undefined {
    const trouble = this.#trouble
    this.#trouble = undefined
    return trouble
  }

  /** Sees to it that up to `need` messages more are under way. */
  ask(need: number, waitMs: number): void {
    for (let missing = need - this.#coming - this.#caught.length; missing > 0; missing -= messagesMax) {
      if (this.#polls.size >= this.#pace) return
      void this.#poll(Math.min(messagesMax, missing), this.#secondsOf(waitMs))
    }
  }

  /** Takes in what is there now, until there are `need` or no more come. */
  async fill(need: number): Promise<void> {
    for (;;) {
      const missing = need - this.#caught.length
      const count = Math.min(this.#ports.link.settings.pollsMax, Math.ceil(missing / messagesMax))
      if (count <= 0) return
      const sizes = Array.from({ length: count }, (_, i) => Math.min(messagesMax, missing - i * messagesMax))
      const got = await Promise.all(sizes.map((size) => this.#poll(size, 0)))
      if (got.every((messages) => messages === 0)) return
    }
  }

  /** The next of a line, whose turn has come. */
  offer(loan: Loan): void {
    this.#caught.push(loan)
    this.#startClock()
    this.#ports.arrived()
  }

  /** No receive is under way any more, and everything that was here has gone back. */
  async close(): Promise<void> {
    while (this.#polls.size > 0) await Promise.all(this.#polls)
    this.#stopClock()
    this.#caught.length = 0
  }

  /** Answers how many messages came. */
  #poll(max: number, seconds: number): Promise<number> {
    this.#coming += max
    const poll = this.#receive(max, seconds)
      .catch((error: unknown) => {
        this.#trouble = { error }
        return 0
      })
      .finally(() => {
        this.#coming -= max
        this.#polls.delete(poll)
        this.#startClock()
        this.#ports.arrived()
      })
    this.#polls.add(poll)
    return poll
  }

  async #receive(max: number, seconds: number): Promise<number> {
    const { link, queues, lend } = this.#ports
    const queue = await queues.get(this.name)
    const command = new link.sdk.ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: seconds,
      VisibilityTimeout: leaseSeconds(link.settings),
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: [
        'ApproximateReceiveCount',
        'ApproximateFirstReceiveTimestamp',
        'SentTimestamp',
        ...(queue.fifo ? (['MessageGroupId'] as const) : []),
      ],
    })
    const { Messages = [] } = await link
      .send<{ Messages?: Message[] }>(command, seconds * 1_000)
      .catch((error: unknown) => {
        if (isMissing(error)) queues.forget(this.name)
        throw error
      })
    this.#learn(Messages.length, max)
    if (Messages.length === 0) return 0
    const { loans, broken } = await lend(queue, Messages)
    this.#caught.push(...loans.filter((loan) => this.lines.admit(loan)))
    this.#broken.push(...broken)
    return Messages.length
  }

  #learn(got: number, max: number): void {
    const { env, pollsMax } = this.#ports.link.settings
    if (got > 0) this.#gaveMonoMs = env.monoMs()
    if (got === max) this.#pace = Math.min(pollsMax, this.#pace * 2)
    else if (got === 0) this.#pace = Math.max(1, Math.floor(this.#pace / 2))
  }

  #secondsOf(waitMs: number): number {
    const { env, pollSeconds } = this.#ports.link.settings
    const recent = env.monoMs() - this.#gaveMonoMs < recentMs
    return recent || waitMs < 1_000 ? 1 : pollSeconds
  }

  #startClock(): void {
    if (this.#caught.length === 0 || this.#unwanted !== undefined) return
    const { env } = this.#ports.link.settings
    this.#unwanted = env.setTimer(() => this.#unwantedFor(), unwantedMs, 'idle')
  }

  #stopClock(): void {
    this.#ports.link.settings.env.clearTimer(this.#unwanted)
    this.#unwanted = undefined
  }

  #unwantedFor(): void {
    this.#unwanted = undefined
    if (this.#ports.isAwaited()) return this.#startClock()
    void this.#ports.giveBack(this.#caught.splice(0))
  }
}
