import { describe, expect, it, vi } from 'vitest'
import type { Driver } from '../../src/contract/index.ts'
import { memoryHarness } from '../memory/harness.ts'
import { driverConformance } from './index.ts'
import type { Harness, Runner } from './index.ts'

/** A runner that only notes what it is given. */
function collect(harness: Harness) {
  const laws = new Map<string, (context: unknown) => Promise<void>>()
  const runner: Runner = { describe: (_, body) => body(), it: (name, body) => laws.set(name, body) }
  driverConformance(runner, harness)
  return laws
}

/** The memory driver, with something else about it. */
function changed(change: (driver: Driver) => Driver, more: Partial<Harness> = {}): Harness {
  const { name, store } = memoryHarness()
  return {
    name,
    async store() {
      const made = await store()
      return { ...made, driver: (options) => change(made.driver(options)) }
    },
    ...more,
  }
}

/** A driver that hides some of its fields and passes everything else on. */
const hiding = (driver: Driver, hidden: Record<string, unknown>): Driver =>
  new Proxy(driver, {
    get(target, key) {
      if (key in hidden) return hidden[key as string]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

const quiet = () => vi.spyOn(process.stderr, 'write').mockImplementation(() => true)

describe('the conformance suite', () => {
  it('names each law once', () => {
    const names: string[] = []
    driverConformance({ describe: (_, body) => body(), it: (name) => names.push(name) }, memoryHarness())
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(300)
  })

  it('refuses to skip a law that does not exist', () => {
    expect(() => collect({ ...memoryHarness(), skip: [{ law: 'no such law', reason: 'none' }] })).toThrow('no such law')
  })

  it('skips with the reason, printed and told to the runner', async () => {
    const law = 'nothing enqueued answers nothing'
    const laws = collect({ ...memoryHarness(), skip: [{ law, reason: 'it is Sunday' }] })
    const write = quiet()
    const told: string[] = []
    await laws.get(law)!({ skip: (note: string) => told.push(note) })
    await laws.get(law)!(undefined)
    expect(write.mock.calls.flat().join('')).toContain(`skipped "${law}": it is Sunday`)
    write.mockRestore()
    expect(told).toEqual(['it is Sunday'])
  })

  it('does not ask a driver for a facet that it does not have', async () => {
    const laws = collect(changed((driver) => hiding(driver, { ledger: undefined })))
    const write = quiet()
    await laws.get('all or nothing')!({})
    expect(write.mock.calls.flat().join('')).toContain('cannot')
    write.mockRestore()
  })

  it('asks a driver without a trait for what must hold instead', async () => {
    const traits = { replay: false, groups: false, lease: 'connection' }
    const laws = collect(changed((driver) => hiding(driver, { traits: { ...driver.traits, ...traits } })))
    for (const name of [
      'enqueue: the same call answers the same and adds once',
      'a single job waits behind at most ten of a tenant that has thousands waiting, with batches of 5 and of 500',
      'what a dead session held is taken back, attempt given back and one crash counted',
    ]) {
      await laws.get(name)!({})
    }
  })

  it('catches a driver whose fence is open', async () => {
    const open = (driver: Driver) =>
      hiding(driver, {
        settle: async (...[call, items]: Parameters<Driver['settle']>) => {
          const settled = await driver.settle(call, items)
          return settled.map(() => ({ outcome: 'settled' }))
        },
      })
    const laws = collect(changed(open))
    await expect(laws.get('a receipt that was settled is stale from then on')!({})).rejects.toThrow()
  })
})
