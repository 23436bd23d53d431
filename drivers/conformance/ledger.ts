import assert from 'node:assert/strict'
import { lawIf, ledgerOf } from './law.ts'
import type { Concern } from './law.ts'

const can = { ledger: true } as const

export const ledger: Concern = {
  name: 'ledger',
  laws: [
    lawIf(can, 'what is written is read by everybody', async (trial) => {
      const [a, b] = [await trial.open(), await trial.open()]
      const versions = await ledgerOf(a).write([{ key: 'k', value: 'v', version: 0 }])
      assert.equal(versions?.length, 1)
      assert.deepEqual(await ledgerOf(b).read(['x', 'k', 'k']), [
        undefined,
        { key: 'k', value: 'v', version: versions[0] },
        { key: 'k', value: 'v', version: versions[0] },
      ])
      assert.deepEqual(await ledgerOf(b).read([]), [])
    }),

    lawIf(can, 'compare and set: only who read the newest version may write', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      const [first] = (await ledger.write([{ key: 'k', value: '1', version: 0 }]))!
      assert.equal(await ledger.write([{ key: 'k', value: 'x', version: 0 }]), undefined)
      const [second] = (await ledger.write([{ key: 'k', value: '2', version: first! }]))!
      assert.notEqual(second, first)
      assert.equal(await ledger.write([{ key: 'k', value: 'x', version: first! }]), undefined)
      assert.equal((await ledger.read(['k']))[0]?.value, '2')
    }),

    lawIf(can, 'a write without a version writes over whatever is there, or deletes it', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      const [first] = (await ledger.write([{ key: 'k', value: '1' }]))!
      const [second] = (await ledger.write([{ key: 'k', value: '2' }]))!
      assert.notEqual(second, first)
      assert.equal((await ledger.read(['k']))[0]?.value, '2')
      assert.deepEqual(await ledger.write([{ key: 'k' }, { key: 'nobody' }]), [0, 0])
      assert.deepEqual(await ledger.read(['k']), [undefined])
    }),

    lawIf(can, 'all or nothing', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      await ledger.write([{ key: 'b', value: 'old', version: 0 }])
      const refused = await ledger.write([
        { key: 'a', value: 'new', version: 0 },
        { key: 'b', value: 'new', version: 0 },
      ])
      assert.equal(refused, undefined)
      const [first, second] = await ledger.read(['a', 'b'])
      assert.equal(first, undefined)
      assert.equal(second?.value, 'old')
    }),

    lawIf(can, 'a deleted record is gone, answers 0, and does not come back under an old version', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      const [first] = (await ledger.write([{ key: 'k', value: '1', version: 0 }]))!
      assert.equal(await ledger.write([{ key: 'k', version: 999_999 }]), undefined)
      assert.deepEqual(await ledger.write([{ key: 'k', version: first! }]), [0])
      assert.deepEqual(await ledger.read(['k']), [undefined])
      const [again] = (await ledger.write([{ key: 'k', value: '2', version: 0 }]))!
      assert.notEqual(again, first)
      assert.equal(await ledger.write([{ key: 'k', value: 'x', version: first! }]), undefined)
    }),

    lawIf(can, 'a record with a term is gone when it is over, as if it were deleted', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      const [first] = (await ledger.write([
        { key: 't:b', value: '1', version: 0, forMs: 50 },
        { key: 't:a', value: 'stays' },
        { key: 't:c', value: 'stays' },
      ]))!
      assert.equal((await ledger.read(['t:b']))[0]?.value, '1')
      await trial.store.advance(60)
      assert.deepEqual(await ledger.read(['t:b']), [undefined])
      const keysOf = async (limit: number) => (await ledger.list('t:', limit)).map(({ key }) => key)
      assert.deepEqual(await keysOf(100), ['t:a', 't:c'])
      assert.deepEqual(await keysOf(2), ['t:a', 't:c'], 'what is over fills no page')
      assert.equal(await ledger.write([{ key: 't:b', value: 'x', version: first! }]), undefined)
      const [again] = (await ledger.write([{ key: 't:b', value: '2', version: 0 }]))!
      assert.notEqual(again, first)
      assert.equal((await ledger.read(['t:b']))[0]?.value, '2')
    }),

    lawIf(can, 'the newest write says how long a record lives', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      const keys = ['stays', 'longer', 'shorter', 'gone']
      await ledger.write(keys.map((key) => ({ key, value: '1', forMs: key === 'shorter' ? 60_000 : 50 })))
      await ledger.write([
        { key: 'stays', value: '2' },
        { key: 'longer', value: '2', forMs: 60_000 },
        { key: 'shorter', value: '2', forMs: 50 },
        { key: 'gone' },
        { key: 'gone', value: '2' },
      ])
      await trial.store.advance(60)
      await a.driver.sweep(100)
      const left = (await ledger.read(keys)).map((record) => record?.value)
      assert.deepEqual(left, ['2', '2', undefined, '2'])
      assert.deepEqual((await ledger.list('', 100)).map(({ key }) => key).sort(), ['gone', 'longer', 'stays'])
    }),

    lawIf(can, 'of two writers at once one wins', async (trial) => {
      const hands = await Promise.all(Array.from({ length: 5 }, () => trial.open()))
      const written = await Promise.all(
        hands.map((hand) => ledgerOf(hand).write([{ key: 'k', value: hand.session, version: 0 }])),
      )
      assert.equal(written.filter((versions) => versions !== undefined).length, 1)
    }),

    lawIf(can, 'records are listed by prefix, in the order of their keys, page by page', async (trial) => {
      const a = await trial.open()
      const ledger = ledgerOf(a)
      const keys = ['s:b', 's:a', 'sx', 's:c', 's', 's:%', 's:_', 'S:a', 's:d']
      for (const key of keys) await ledger.write([{ key, value: key, version: 0 }])
      const keysOf = async (limit: number, after?: string) =>
        (await ledger.list('s:', limit, after)).map(({ key }) => key)
      const all = ['s:%', 's:_', 's:a', 's:b', 's:c', 's:d']
      assert.deepEqual(await keysOf(100), all)
      assert.deepEqual(await keysOf(4), all.slice(0, 4))
      assert.deepEqual(await keysOf(4, 's:b'), all.slice(4))
      assert.deepEqual((await ledger.list('', 100)).length, keys.length)
      assert.deepEqual(await ledger.list('s:%x', 10), [])
    }),

    lawIf(can, 'values of 64 KiB and any text are kept', async (trial) => {
      const a = await trial.open()
      const value = '\u2028\u0001"\'é'.padEnd(65_000, 'x')
      await ledgerOf(a).write([{ key: '__proto__', value, version: 0 }])
      const [record] = await ledgerOf(a).read(['__proto__'])
      assert.equal(record?.value, value)
    }),
  ],
}
