import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AckWindow } from './acks.ts'

test('tags in order are one acknowledgement', () => {
  const window = new AckWindow()
  expect(window.close([1, 2, 3])).toEqual({ upTo: 3, singles: [] })
  expect(window.close([5, 4])).toEqual({ upTo: 5, singles: [] })
})

test('tags behind an open one are acknowledged one by one', () => {
  const window = new AckWindow()
  expect(window.close([2, 4])).toEqual({ singles: [2, 4] })
  expect(window.close([1])).toEqual({ upTo: 1, singles: [] })
  expect(window.close([3, 5])).toEqual({ upTo: 5, singles: [] })
})

/** As the broker does it: the tag must be one that it waits for. */
function apply(open: Set<number>, tag: number, multiple: boolean): void {
  if (!open.has(tag)) throw new Error(`unknown delivery tag ${tag}`)
  for (const other of [...open]) if (other === tag || (multiple && other < tag)) open.delete(other)
}

test('whatever is settled together, in whatever order: what is closed is acknowledged, and nothing else', () => {
  const shuffled = fc.shuffledSubarray(
    Array.from({ length: 60 }, (_, i) => i + 1),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(shuffled, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), (tags, sizes) => {
      const [window, open] = [new AckWindow(), new Set(Array.from({ length: 60 }, (_, i) => i + 1))]
      const left = [...tags]
      for (let i = 0; left.length > 0; i++) {
        const { upTo, singles } = window.close(left.splice(0, sizes[i % sizes.length]))
        if (upTo !== undefined) apply(open, upTo, true)
        for (const tag of singles) apply(open, tag, false)
      }
      expect(open.size).toBe(60 - tags.length)
      expect(tags.some((tag) => open.has(tag))).toBe(false)
    }),
  )
})
