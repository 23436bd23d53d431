import { AckWindow } from './acks.ts'
import type { Channel, Message } from './client.ts'
import type { Line } from './line.ts'

/**
 * One channel that deliveries come in by. A broker that waits too long for one acknowledgement closes the channel and takes back what is
 * open on it, and nothing else: each queue has a lane of its own, and jobs that run for long have others.
 */
export class Lane {
  readonly channel: Channel
  readonly line: Line
  readonly #window = new AckWindow()
  #isOpen = true
  /** Delivered and not acknowledged. */
  #unacked = 0
  /** What closed it, where the broker said so. */
  #trouble: Error | undefined

  private constructor(line: Line, channel: Channel, ended: (lane: Lane) => void) {
    this.line = line
    this.channel = channel
    channel.on('error', (error: Error) => (this.#trouble = error))
    channel.on('close', () => {
      this.#isOpen = false
      ended(this)
    })
  }

  static async open(line: Line, ended: (lane: Lane) => void): Promise<Lane> {
    return new Lane(line, await line.channel(), ended)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }
  get unacked(): number {
    return this.#unacked
  }
  get trouble(): Error | undefined {
    return this.#trouble
  }

  delivered(): void {
    this.#unacked++
  }

  ack(tags: readonly number[]): void {
    if (!this.#isOpen || tags.length === 0) return
    this.#unacked -= tags.length
    const { upTo, singles } = this.#window.close(tags)
    if (upTo !== undefined) this.channel.ack(tagged(upTo), true)
    for (const tag of singles) this.channel.ack(tagged(tag))
  }

  /** Back to its place in the queue; the broker marks it as redelivered. */
  requeue(tag: number): void {
    if (!this.#isOpen) return
    this.#unacked--
    this.#window.close([tag])
    this.channel.nack(tagged(tag), false, true)
  }

  /**
   * When this resolves, everything has come that the queue had for us when it was asked. The queue answers the first question behind
   * what it sent before, and the channel answers the second behind what the queue had sent it. Answers how many are left in the queue.
   */
  async barrier(brokerQueue: string): Promise<number> {
    const { messageCount } = await this.ask('declare', () => this.channel.checkQueue(brokerQueue))
    await this.still()
    return messageCount
  }

  /** When this resolves, everything has come that was sent to this channel before. */
  async still(): Promise<void> {
    await this.ask('qos', () => this.channel.prefetch(0))
  }

  async ask<A>(verb: string, question: () => Promise<A>): Promise<A> {
    try {
      return await this.line.within(verb, question())
    } catch (error) {
      throw this.line.told(this.#trouble ?? error)
    }
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.line.within('channel.close', this.channel.close()).catch(() => {})
  }
}

/** All that amqplib reads of a message that it acknowledges. */
const tagged = (deliveryTag: number): Message => ({ fields: { deliveryTag } }) as Message
