import { expect, it } from 'vitest'
import { installation } from '../../test/support/mysql-harness.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { done } from '../conformance/hand.ts'
import { inspectorOf, ledgerOf } from '../conformance/law.ts'
import { loanedOf, pack, packGroup, packName, receiptOf, unpack, unpackGroup } from './codec.ts'

/** Texts that end statements, literals or names, that collations hold for equal, or that are no Unicode. */
const texts = [
  '',
  ' ',
  'a',
  'a ',
  'A',
  'á',
  'a\u0301',
  'ß',
  'ss',
  "'",
  "\\'",
  '\\',
  '\\\\',
  "'; drop table q; -- ",
  '`',
  '"',
  '?',
  '??',
  ':name',
  '%',
  '_',
  '/*!50000 select */',
  '\u0000',
  'a\u0000b',
  '\u001a',
  '\u0001',
  '\u0001"a"',
  '\r\n',
  '\ud800',
  'x\udc00y',
  '😀',
  '😁',
  '__proto__',
  '1e3',
  '01',
  '-',
  '+',
  '+a',
  'x'.repeat(900),
  'é'.repeat(900),
]

const jobOf = (text: string, i: number, fields: Partial<StoredJob>): StoredJob => ({
  id: `id-${i}`,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: text,
  ...fields,
})

it('any text can be an id, a queue, a name, a group, a unique key, a tag, a header, a body, a reason', async (context) => {
  const hand = await (await installation(context)).open()
  const jobs = texts.map((text, i) =>
    jobOf(text, i, {
      id: `id${text}`,
      name: text,
      group: text,
      unique: { key: text, mode: 'keep' },
      tags: [text],
      headers: { [`h${text}`]: text },
    }),
  )
  await hand.add(...jobs)
  const loans = await hand.take('q', 1_000)
  const got = new Map(loans.map(({ job }) => [job.id, job]))
  for (const job of jobs) expect(got.get(job.id)).toEqual(job)
  for (const { queue } of texts.map((queue, i) => ({ queue, i }))) {
    await hand.add(jobOf('{}', 0, { id: `in${queue}`, queue }))
    expect(await hand.takeIds(queue)).toEqual([`in${queue}`])
  }
  for (const [i, loan] of loans.entries()) await hand.settle([loan], { kind: 'dead', reason: texts[i]! })
  const records = await inspectorOf(hand).find(loans.map(({ job }) => job.id))
  expect(records.map((record) => record?.error)).toEqual(texts.slice(0, loans.length))
}, 30_000)

it('any text can be a key and a value of the ledger', async (context) => {
  const ledger = ledgerOf(await (await installation(context)).open())
  await ledger.write(texts.map((text) => ({ key: text, value: text, version: 0 })))
  expect((await ledger.read(texts)).map((record) => [record?.key, record?.value])).toEqual(
    texts.map((text) => [text, text]),
  )
  expect((await ledger.list('', 1_000)).length).toBe(texts.length)
})

it('a record of the ledger is gone when its time is over, as if it were deleted', async (context) => {
  const ledger = ledgerOf(await (await installation(context)).open())
  const [first] = (await ledger.write([{ key: 'k', value: '1', forMs: 80 }]))!
  expect((await ledger.read(['k']))[0]?.version).toBe(first)
  await new Promise((resolve) => setTimeout(resolve, 120))
  expect(await ledger.read(['k'])).toEqual([undefined])
  expect(await ledger.list('', 10)).toEqual([])
  expect(await ledger.write([{ key: 'k', value: '2', version: first! }])).toBeUndefined()
  const [second] = (await ledger.write([{ key: 'k', value: '2', version: 0 }]))!
  expect(second).toBeGreaterThan(first!)
})

it('a text that no index holds is refused', async (context) => {
  const hand = await (await installation(context)).open()
  await expect(hand.enqueue([jobOf('{}', 0, { id: 'x'.repeat(3_001) })])).rejects.toMatchObject({
    code: 'FW_NAME_INVALID',
  })
  await hand.add(jobOf('{}', 0, {}))
  expect(await hand.settleOne(await hand.takeOne('q'), done)).toBe('settled')
})

it('the codec keeps every text apart', () => {
  expect(new Set(texts.map(pack)).size).toBe(texts.length)
  for (const text of texts) {
    expect(unpack(pack(text))).toBe(text)
    expect(unpack(packName(text))).toBe(text)
    expect(unpackGroup(packGroup(text))).toBe(text)
  }
  expect(unpackGroup(packGroup(undefined))).toBeUndefined()
})

it('receipts of others are no loans', () => {
  const loaned = { s: 1, loan: 64, q: 2, n: 3, line: 4, keyed: true }
  expect(loanedOf(receiptOf(loaned))).toEqual(loaned)
  for (const text of ['', 'x', '1.2.3', '1.2.3.4.x', '1.2.3.4.0', '-1.2.3.4.5', '1;drop.2.3.4.5', '1e400.2.3.4.5']) {
    expect(loanedOf(text as never)).toBeUndefined()
  }
})
