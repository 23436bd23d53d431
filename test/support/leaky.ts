import { defineJob } from '../../src/index.ts'

const kept: unknown[] = []

/** Lets go of all that it has kept. */
export const forget = (): void => void (kept.length = 0)

function remember(count: number): void {
  for (let n = 0; n < count; n++) kept.push({ list: Array.from({ length: 100 }, () => n) })
}

/** Keeps some 20 kB a job. */
export const leaky = defineJob('leaky', { keep: false }, async () => {
  await Promise.resolve()
  remember(25)
})

/** Takes as much, and gives it back. */
export const steady = defineJob('steady', { keep: false }, async () => {
  await Promise.resolve()
  return Array.from({ length: 25 }, (_, n) => Array.from({ length: 100 }, () => n)).length
})
