import type { Call } from '../../src/contract/driver.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { drawFate, type Fate, type Profile } from './faults.ts'
import type { SimProcess } from './process.ts'
import type { Random } from './random.ts'
import type { Tap } from './tap.ts'

/** What all wires of a world share. */
export interface Network {
  profile: Profile
  /** From here on nothing goes wrong any more. */
  healed: boolean
  random: Random
  store: SimProcess
  tap: Tap
  /** Processes that reach nothing and hear nothing at the moment. */
  cutOff: Set<SimProcess>
  trace: (line: string) => void
  sessionLives: (session: string) => boolean
}

/** What is asked of the store, and in which session. */
export interface Request {
  session: string
  verb: string
  call?: Call | undefined
  parameters: unknown[]
}

const lost = (verb: string) => new FiberWorkError('FW_STORE_FAILED', `The connection was cut during ${verb}.`)
const refused = (verb: string) => new FiberWorkError('FW_STORE_FAILED', `The store refused ${verb}: busy.`)

/** A connection of one process to the store. Each call is a request that travels, a moment in which the store does it, and a reply. */
export class Wire {
  readonly network: Network
  readonly #owner: SimProcess
  readonly #here: SimProcess
  /** Calls under way; a reserve, which may wait in the store, is none. */
  open = 0

  /** `here`: the thread that hears the replies, where it is not the main one. */
  constructor(network: Network, owner: SimProcess, here = owner) {
    this.network = network
    this.#owner = owner
    this.#here = here
  }

  fate(): Fate {
    const { profile, healed, random, cutOff } = this.network
    const fate = drawFate(profile, healed, random)
    if (cutOff.has(this.#owner)) return { ...fate, requestMs: undefined, secondMs: undefined, failsAfterMs: undefined }
    return fate
  }

  trip<A>({ session, verb, call, parameters }: Request, run: () => Promise<A>): Promise<A> {
    const { store, tap, trace } = this.network
    const fate = this.fate()
    const client = this.#owner.name
    const counted = verb === 'reserve' ? 0 : 1
    this.open += counted
    const answer = new Promise<A>((resolve, reject) => {
      const give = (text: string, afterMs: number, hand: () => void) =>
        void this.#here.later(afterMs, `reply ${verb} ${text}`, hand)
      const fail = (afterMs: number | undefined) => {
        if (afterMs !== undefined) give('lost', afterMs, () => reject(lost(verb)))
      }
      const reply = (text: string, hand: () => void) => {
        if (this.network.cutOff.has(this.#owner)) return
        if (fate.replyMs === undefined) fail(fate.failsAfterMs)
        else give(text, fate.replyMs, hand)
      }
      const deliver = (again: boolean) => {
        if (fate.refused) return reply('refused', () => reject(refused(verb)))
        tap.apply({ client, session, verb, call, parameters }, run).then(
          (answer) => again || reply('ok', () => resolve(answer)),
          (error: Error) => again || reply('error', () => reject(error)),
        )
      }
      trace(`${this.#here.name} sends ${verb}${call === undefined ? '' : ` ${call.lane}.${call.seq}`}${legs(fate)}`)
      if (fate.requestMs === undefined) fail(fate.failsAfterMs)
      else store.later(fate.requestMs, `${verb} of ${client}`, () => deliver(false))
      if (fate.secondMs !== undefined && call !== undefined)
        store.later((fate.requestMs ?? 0) + fate.secondMs, `second ${verb} of ${client}`, () => deliver(true))
    })
    return answer.finally(() => (this.open -= counted))
  }
}

function legs({ requestMs, replyMs, secondMs, refused: no }: Fate): string {
  const words = [
    requestMs === undefined && 'unsent',
    replyMs === undefined && 'reply lost',
    secondMs !== undefined && 'twice',
    no && 'refused',
  ]
  const said = words.filter((word) => word !== false).join(', ')
  return said === '' ? '' : ` (${said})`
}
