import { nearest } from '../../src/base/nearest.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { kinds } from './index.ts'
import type { Dice, Plan } from './kind.ts'

/** Share of each kind, in any unit. */
export type Mix = Record<string, number>

/** Reads `sleep=60,http=20`. Throws `FW_CONFIG_INVALID`. */
export function parseMix(text: string): Mix {
  const mix: Mix = {}
  for (const part of text.split(',')) {
    const [, kind = '', share = ''] = /^\s*([\w-]+)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part) ?? []
    if (kind === '') throw invalid(`"${part}" of the mix is not like sleep=60.`)
    if (!Object.hasOwn(kinds, kind)) throw unknown(kind)
    mix[kind] = Number(share)
  }
  if (Object.values(mix).every((share) => share === 0)) throw invalid('The mix has no share above 0.')
  return mix
}

/** The jobs of a run: the same for the same mix, count and dice. */
export function plansOf(mix: Mix, jobs: number, dice: Dice): Plan[] {
  const entries = Object.entries(mix)
  const sum = entries.reduce((total, [, share]) => total + share, 0)
  return Array.from({ length: jobs }, (_, n) => {
    let left = dice.random() * sum
    const [kind] = entries.find(([, share]) => (left -= share) < 0) ?? entries[0]!
    return { kind, ...kinds[kind]!.plan(n, dice) }
  })
}

/** A generator of numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function unknown(kind: string): FiberWorkError {
  const near = nearest(kind, Object.keys(kinds))
  const hint = near === undefined ? `Known are ${Object.keys(kinds).join(', ')}.` : `Did you mean "${near}"?`
  return invalid(`There is no kind of job "${kind}". ${hint}`)
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
