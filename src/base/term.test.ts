import { expect, it } from 'vitest'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { virtualEnv } from '../../drivers/memory/virtual-env.ts'
import type { Ledger } from '../contract/ledger.ts'
import { officeKey, Term } from './term.ts'

async function ledgerOn(env = virtualEnv()): Promise<{ env: ReturnType<typeof virtualEnv>; ledger: Ledger }> {
  const driver = memoryDriver({ store: createMemoryStore({ env }), env })
  await driver.open()
  return { env, ledger: driver.ledger! }
}
const termOf = (ledger: Ledger, holder: string): Term => new Term(ledger, { key: 'office', holder, forMs: 1_000 })

it('one of many holds it, for as long as it says so', async () => {
  const { env, ledger } = await ledgerOn()
  const terms = ['a', 'b', 'c'].map((holder) => termOf(ledger, holder))
  const held = async () => Promise.all(terms.map((term) => term.hold()))
  expect(await held()).toEqual([true, false, false])
  await env.advance(900)
  expect(await held()).toEqual([true, false, false])
  await env.advance(900)
  expect(await terms[1]!.hold()).toBe(false)
  await env.advance(101)
  expect(await terms[1]!.hold()).toBe(true)
  expect(await terms[0]!.hold()).toBe(false)
})

it('who gives it up leaves it to the next at once, and takes nothing from whoever came after', async () => {
  const { env, ledger } = await ledgerOn()
  const [a, b] = [termOf(ledger, 'a'), termOf(ledger, 'b')]
  await a.hold()
  await a.end(env)
  expect(await b.hold()).toBe(true)
  await a.end(env)
  expect(await a.hold()).toBe(false)
})

it('whose answer was lost finds that it holds the office', async () => {
  const { ledger } = await ledgerOn()
  let cut = true
  const flaky: Ledger = {
    ...ledger,
    async write(writes) {
      const answer = await ledger.write(writes)
      if (cut) throw new Error('the connection was cut')
      return answer
    },
  }
  const a = termOf(flaky, 'a')
  await expect(a.hold()).rejects.toThrow('cut')
  cut = false
  expect(await a.hold()).toBe(true)
})

it('those who were told otherwise have an office of their own', () => {
  expect(officeKey('a', [1])).toBe(officeKey('a', [1]))
  expect(officeKey('a', [1])).not.toBe(officeKey('a', [2]))
})
