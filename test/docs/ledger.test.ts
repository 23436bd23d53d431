import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import { memoryDriver } from '../../drivers/memory/index.ts'
import { ledgeredDriver } from '../../drivers/ledgered/index.ts'
import { options, variableOf } from '../../src/config/options.ts'
import type { Driver, StoredJob, Verdict } from '../../src/contract/index.ts'
import { BareBroker } from '../support/bare-broker.ts'
import { bareAndLedger } from '../support/ledgered.ts'
import { root } from '../support/project.ts'
import { Stepper } from '../support/stepping.ts'

const page = readFileSync(join(root, 'docs/ledger.md'), 'utf8')

/** The rows of the table with this head. */
function rowsBelow(head: string): string[][] {
  const table = page.split(`${head}\n`)[1]?.split('\n\n')[0] ?? ''
  return [...table.matchAll(/^\| (?!-)(.*) \|$/gm)].map(([, row]) => row!.replaceAll('`', '').split(' | '))
}

test('what the page says of traits and facets is what the drivers say', () => {
  const alone: Driver = new BareBroker(memoryDriver())
  const both = ledgeredDriver(alone, memoryDriver())
  const rows = rowsBelow('| trait or facet | the broker alone | with a ledger |')
  expect(rows).toHaveLength(10)
  for (const [name, ...told] of rows) {
    const facet = name!.startsWith('facet ') ? (name!.slice(6) as 'inspector' | 'limits' | 'ledger') : undefined
    const said = [alone, both].map((driver) =>
      facet === undefined
        ? String(driver.traits[name as keyof Driver['traits']])
        : driver[facet] === undefined
          ? 'no'
          : 'yes',
    )
    expect(said, name).toEqual(told)
  }
})

test('the round trips are those that are made', async () => {
  const { driverWith } = bareAndLedger()
  const stepper = new Stepper()
  const hand = await new Hand(driverWith(stepper)).open()
  const jobs = (from: number): StoredJob[] =>
    Array.from({ length: 500 }, (_, n) => ({ id: `${from + n}`, queue: 'q', name: 'n', priority: 5, body: '1' }))
  const trips = async <A>(run: () => Promise<A>): Promise<[A, string]> => {
    const before = stepper.calls.length
    const answer = await run()
    return [answer, String(stepper.calls.slice(before).filter((call) => call.startsWith('ledger')).length)]
  }
  await hand.enqueue(jobs(0))
  const [, enqueue] = await trips(() => hand.enqueue(jobs(500)))
  const [loans, reserve] = await trips(() => hand.take('q', 500))
  const keep = (count: number): Verdict => ({ kind: 'done', result: '1', keep: { count, ageMs: 60_000 } })
  const [, settleShort] = await trips(() => hand.settle(loans, keep(500)))
  const others = await hand.take('q', 500)
  const [, settle] = await trips(() => hand.settle(others, keep(10_000)))
  await hand.driver.close()
  expect(rowsBelow('| verb | round trips |')).toEqual([
    ['enqueue', enqueue],
    ['reserve', reserve],
    ['settle', settle],
    ['settle with a short keep', settleShort],
  ])
})

test('the option is called as the page calls it', () => {
  expect(page).toContain(`\`--${options.ledger.flag} redis:`)
  expect(page).toContain(`\`${variableOf('ledger')}\``)
})
