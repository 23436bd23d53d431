import { type Driver, FiberWorkError, type Ledger } from '../../src/contract/index.ts'

/** What becomes of one call to a store: it works, never arrives, or works and its answer is lost. */
export type Step = 'works' | 'lost' | 'answer lost'

const verbs = new Set(['enqueue', 'reserve', 'settle', 'beat', 'reconcile', 'sweep', 'depth', 'read', 'list', 'write'])

/** Fails calls as it is told to: `decide` is asked before each of them, by the name of the store and of the verb. */
export class Stepper {
  /** Every call so far. */
  readonly calls: string[] = []
  decide: (call: string, n: number) => Step = () => 'works'

  driver(name: string, driver: Driver): Driver {
    const { ledger } = driver
    return this.#proxy(name, driver, ledger === undefined ? {} : { ledger: this.#proxy<Ledger>(name, ledger, {}) })
  }

  #proxy<T extends object>(name: string, target: T, replaced: Record<string, unknown>): T {
    return new Proxy(target, {
      get: (_, key) => {
        if (typeof key === 'string' && key in replaced) return replaced[key]
        const value = Reflect.get(target, key, target) as unknown
        if (typeof value !== 'function') return value
        const run = value.bind(target) as (...given: unknown[]) => unknown
        return typeof key === 'string' && verbs.has(key)
          ? (...given: unknown[]) => this.#call(`${name} ${key}`, () => run(...given))
          : run
      },
    })
  }

  async #call(call: string, run: () => unknown): Promise<unknown> {
    const step = this.decide(call, this.calls.push(call) - 1)
    if (step === 'lost') throw down(call)
    const answer = await run()
    if (step === 'answer lost') throw down(call)
    return answer
  }
}

const down = (call: string) => new FiberWorkError('FW_STORE_FAILED', `The connection broke: ${call}`)
