import { describe, expect, it } from 'vitest'
import { type Stand, takeTurns } from './turns.ts'

const stand = (fields: Partial<Stand> = {}): Stand => ({ turn: 0, weight: 1, available: 100, ...fields })

describe('turns by virtual time', () => {
  it('equal lines alternate', () => {
    expect(takeTurns([stand(), stand(), stand()], 7)).toEqual([0, 1, 2, 0, 1, 2, 0])
  })

  it('a line of weight 3 has three turns where the other has one', () => {
    const order = takeTurns([stand({ weight: 3 }), stand()], 40)
    expect(order.filter((line) => line === 0).length).toBe(30)
  })

  it('who had less until now catches up', () => {
    expect(takeTurns([stand({ turn: 2 }), stand()], 5)).toEqual([1, 1, 0, 1, 0])
  })

  it('an empty line gives its turns to the others, and nobody gives more than it has', () => {
    expect(takeTurns([stand({ available: 1 }), stand({ available: 0 }), stand({ available: 2 })], 10)).toEqual([
      0, 2, 2,
    ])
    expect(takeTurns([], 10)).toEqual([])
    expect(takeTurns([stand()], 0)).toEqual([])
  })

  it('any 100 lines share within one turn of each other', () => {
    const stands = Array.from({ length: 100 }, (_, i) => stand({ turn: (i * 37) % 5 }))
    takeTurns(stands, 1_000)
    const turns = stands.map(({ turn }) => turn)
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1)
  })
})
