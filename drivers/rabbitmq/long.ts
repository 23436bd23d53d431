import type { ConsumeMessage } from './client.ts'
import { Lane } from './lane.ts'
import type { Line } from './line.ts'
import type { Loan, Loans } from './loans.ts'
import type { Mail } from './mail.ts'
import type { Settings } from './options.ts'
import type { Topology } from './topology.ts'
import type { Receipt } from '../../src/contract/index.ts'

/** Unread for this long, a message of a long job goes back to its queue: its worker is gone. Held by a living one it stays. */
const messageTtlMs = 30_000
/** A loan is renewed when this part of the broker's time is over. */
const renewPart = 0.5

export interface LongPorts {
  settings: Settings
  session: string
  loans: Loans
  topology: Topology
  mail: Mail
  line: () => Promise<Line>
  ended: (lane: Lane) => void
}

/**
 * Jobs that run for longer than the broker waits for an acknowledgement. Before it strikes, a copy of the message is published to a queue
 * of this session alone and taken from there at once; when it is here, the loan is that of the copy, and the first message is acknowledged.
 * When this process dies, the broker puts the copy back into that queue, where its time to live is over: it goes on to where it came from.
 */
export class LongJobs {
  readonly #ports: LongPorts
  readonly #lanes = new Map<string, Promise<Lane>>()
  /** Copies that are on their way. */
  readonly #under = new Set<Receipt>()

  constructor(ports: LongPorts) {
    this.#ports = ports
  }

  /** Renews what is old enough; nobody waits for it. */
  renew(): void {
    const { settings, loans } = this.#ports
    const { consumerTimeoutMs, env, topology } = settings
    // Who may not make queues cannot make one for himself.
    if (consumerTimeoutMs === 0 || topology === 'passive') return
    const beforeMonoMs = env.monoMs() - consumerTimeoutMs * renewPart
    const old = loans.all().filter((loan) => loan.arrivedMonoMs < beforeMonoMs && !this.#under.has(loan.receipt))
    for (const [queue, list] of Map.groupBy(old, ({ parcel }) => parcel.job.queue)) {
      for (const { receipt } of list) this.#under.add(receipt)
      // What fails is tried again at the next beat; the first message is still ours.
      void this.#renew(queue, list).catch(() => {
        for (const { receipt } of list) this.#under.delete(receipt)
      })
    }
  }

  /** At the end, when nothing is on loan any more. */
  async remove(): Promise<void> {
    const { settings, session, topology } = this.#ports
    const lanes = [...this.#lanes]
    await Promise.allSettled(lanes.map(async ([, lane]) => (await lane).close()))
    await Promise.allSettled(lanes.map(([queue]) => topology.removeEmpty(settings.names.long(queue, session))))
  }

  async #renew(queue: string, loans: readonly Loan[]): Promise<void> {
    const { settings, session, mail } = this.#ports
    await this.#lane(queue)
    const key = settings.names.long(queue, session)
    const nowMs = settings.env.nowMs()
    const letters = loans.map(({ parcel, receipt }) => {
      const letter = mail.letter({ ...parcel, dueAtMs: undefined }, nowMs)
      letter.options.correlationId = receipt
      return { ...letter, key }
    })
    await mail.sendAll(letters, queue)
  }

  #lane(queue: string): Promise<Lane> {
    const known = this.#lanes.get(queue)
    if (known !== undefined) return known
    const opening = this.#open(queue)
    this.#lanes.set(queue, opening)
    opening.catch(() => this.#lanes.delete(queue))
    return opening
  }

  async #open(queue: string): Promise<Lane> {
    const { settings, session, topology, line, ended } = this.#ports
    await topology.long(queue, session, messageTtlMs)
    const lane = await Lane.open(await line(), () => {
      this.#lanes.delete(queue)
      ended(lane)
    })
    const name = settings.names.long(queue, session)
    const take = (message: ConsumeMessage | null) => void (message !== null && this.#take(message, lane))
    await lane.ask('consume', () => lane.channel.consume(name, take))
    return lane
  }

  #take({ properties, fields }: ConsumeMessage, lane: Lane): void {
    const { loans, settings } = this.#ports
    const receipt = String(properties.correlationId) as Receipt
    const loan = loans.find(receipt)
    lane.delivered()
    this.#under.delete(receipt)
    // It has been settled meanwhile: nothing needs the copy.
    if (loan === undefined) return lane.ack([fields.deliveryTag])
    const before = { lane: loan.lane, tag: loan.tag }
    Object.assign(loan, { lane, tag: fields.deliveryTag, arrivedMonoMs: settings.env.monoMs() })
    before.lane.ack([before.tag])
  }
}
