import { describe, expect, it } from 'vitest'
import { Batcher } from './batcher.ts'
import { systemEnv } from './env.ts'

function recording(options: {
  max: number
  parallel?: number
  pendingMax?: number
  alternating?: boolean
  soon?: boolean
}) {
  const batches: number[][] = []
  const open: (() => void)[] = []
  const batcher = new Batcher<number, number>({
    env: systemEnv,
    parallel: 1,
    ...options,
    flush: async (items) => {
      batches.push(items)
      await new Promise<void>((resolve) => open.push(resolve))
      if (items.includes(13)) throw new Error('unlucky')
      return items.map((item) => item * 2)
    },
  })
  const release = async () => {
    while (batcher.pending > 0) {
      for (const resolve of open.splice(0)) resolve()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { batcher, batches, release }
}

describe('Batcher', () => {
  it('gathers what comes in one turn, and answers each item its own', async () => {
    const { batcher, batches, release } = recording({ max: 10 })
    const answers = Promise.all([1, 2, 3].map((item) => batcher.add(item)))
    await release()
    expect(await answers).toEqual([2, 4, 6])
    expect(batches).toEqual([[1, 2, 3]])
  })

  it('cuts at max, and gathers while a batch is under way', async () => {
    const { batcher, batches, release } = recording({ max: 2 })
    const first = [1, 2, 3].map((item) => batcher.add(item))
    await new Promise((resolve) => setImmediate(resolve))
    const second = [4, 5].map((item) => batcher.add(item))
    await release()
    await Promise.all([...first, ...second])
    expect(batches).toEqual([[1, 2], [3, 4], [5]])
  })

  it('alternating: many go in two halves while nothing is under way, few in one, and more than two batches as they come', async () => {
    for (const [count, sizes] of [
      [31, [31]],
      [32, [16, 16]],
      [101, [51, 50]],
      [450, [200, 200, 50]],
    ] as const) {
      const { batcher, batches, release } = recording({ max: 200, parallel: 4, alternating: true })
      const answers = Array.from({ length: count }, (_, n) => batcher.add(n + 100))
      await release()
      await Promise.all(answers)
      expect(batches.map((batch) => batch.length)).toEqual(sizes)
    }
  })

  it('soon: the first of a turn goes ahead, the others go together; where there were many all do', async () => {
    const batches: number[][] = []
    const batcher = new Batcher<number, number>({
      env: systemEnv,
      max: 10,
      parallel: 4,
      soon: true,
      flush: async (items) => (batches.push(items), items),
    })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    /** Each comes when all reactions to the one before have run, as requests of a server do. */
    const come = async (...items: number[]) => {
      for (const item of items) {
        void batcher.add(item)
        await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)))
      }
    }
    await turn()
    await come(1, 2, 3)
    expect(batches).toEqual([[1]])
    await turn()
    expect(batches).toEqual([[1], [2, 3]])
    await come(4, 5)
    expect(batches).toHaveLength(2)
    await turn()
    await come(6)
    await turn()
    await come(7)
    expect(batches.slice(2)).toEqual([[4, 5], [6], [7]])
  })

  it('a failed batch fails its own items only', async () => {
    const { batcher, release } = recording({ max: 1 })
    const answers = Promise.allSettled([1, 13, 2].map((item) => batcher.add(item)))
    await release()
    expect((await answers).map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('refuses what does not fit its buffer', async () => {
    const { batcher, release } = recording({ max: 1, pendingMax: 2 })
    const waiting = [1, 2].map((item) => batcher.add(item))
    await expect(batcher.add(3)).rejects.toMatchObject({ code: 'FW_QUEUE_FULL' })
    await release()
    await Promise.all(waiting)
  })

  it('idle() waits for all of it', async () => {
    const { batcher, release } = recording({ max: 1 })
    await batcher.idle()
    const done: string[] = []
    void batcher.add(1).then(() => done.push('answered'))
    const idle = batcher.idle().then(() => done.push('idle'))
    await release()
    await idle
    expect(done.sort()).toEqual(['answered', 'idle'])
  })
})
