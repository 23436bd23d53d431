import { describe, expect, it } from 'vitest'
import { createMemoryStore, memoryDriver } from '../../../drivers/memory/index.ts'
import { virtualEnv } from '../../../drivers/memory/virtual-env.ts'
import type { Ledger } from '../../contract/ledger.ts'
import { countEnd } from './cell.ts'
import { hourMs, minuteMs, partKey, partPrefix } from './keys.ts'
import { readHistory } from './read.ts'
import { writeSpan } from './record.ts'
import { cellOf, lineOf, type Span } from './span.ts'

const startMs = 1_800_000_000_000

async function emptyLedger(): Promise<Ledger> {
  const env = virtualEnv(startMs)
  const driver = memoryDriver({ store: createMemoryStore({ env }), env })
  await driver.open()
  return driver.ledger!
}

function part(): string {
  const span: Span = new Map()
  countEnd(cellOf(lineOf(span, 'mail'), 'send'), 2, 10)
  return writeSpan(span)
}

describe('readHistory', () => {
  const day = 24 * hourMs

  it('answers at most 1,500 points, whatever is asked for', async () => {
    const ledger = await emptyLedger()
    for (const [lengthMs, stepMs] of [
      [minuteMs, 1],
      [7 * day, minuteMs],
      [300 * day, 5 * minuteMs],
      [day, 90_000],
    ] as const) {
      const { points, ...history } = await readHistory(ledger, {
        fromMs: startMs - lengthMs + 17,
        toMs: startMs,
        stepMs,
      })
      expect(points.length).toBeLessThanOrEqual(1_500)
      expect(history.stepMs % minuteMs).toBe(0)
      expect(points.length * history.stepMs).toBeGreaterThanOrEqual(lengthMs - 17)
      expect(points[0]!.atMs).toBeLessThanOrEqual(startMs - lengthMs + 17)
    }
  })

  it.each([
    { fromMs: NaN, toMs: 1 },
    { fromMs: 0, toMs: Infinity },
    { fromMs: 5, toMs: 5 },
    { fromMs: -5, toMs: 5 },
    { fromMs: 0, toMs: 1, stepMs: -1 },
    { fromMs: 0, toMs: 500 * 86_400_000 },
  ])('refuses %o', async (request) => {
    const ledger = await emptyLedger()
    await expect(readHistory(ledger, request)).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
  })

  it('reads no more than its share, and says that it has not read all', async () => {
    const value = part()
    let asked = 0
    const endless = {
      list: async (prefix: string, limit: number) =>
        prefix === partPrefix && ++asked
          ? Array.from({ length: limit }, (_, i) => ({ key: partKey(startMs, `${asked}-${i}`), value, version: 1 }))
          : [],
    } as unknown as Ledger
    const history = await readHistory(endless, { fromMs: startMs, toMs: startMs + minuteMs })
    expect(history.whole).toBe(false)
    expect(asked).toBeLessThanOrEqual(200)
  })
})
