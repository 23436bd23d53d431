import * as fc from 'fast-check'
import { test } from 'vitest'
import { runModel } from '../../drivers/conformance/model.ts'
import { memoryHarness } from '../../drivers/memory/harness.ts'
import { harnessesOf } from './harnesses.ts'

// What `npm run model` starts: main.ts says what is in the variables.
const {
  MODEL_DRIVER: name = 'memory',
  MODEL_URL: url,
  MODEL_RUNS: runs = '2000',
  MODEL_STEPS: steps = '80',
} = process.env
const seed = process.env['MODEL_SEED']

test(`${runs} random runs of ${name}`, async () => {
  const harnesses = await harnessesOf(name, url)
  const each = Math.ceil(Number(runs) / harnesses.length)
  for (const harness of harnesses) {
    const startedAt = performance.now()
    let held = 0
    let stepsDone = 0
    const told = (count: number) => {
      held++
      stepsDone += count
      if (held % 100 === 0) process.stderr.write(`${harness.name}: ${held} of ${each}\n`)
    }
    const options = { runs: each, stepsMax: Number(steps), told, ...(seed !== undefined && { seed: Number(seed) }) }
    await runModel(fc, harness, memoryHarness(), options)
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
    process.stdout.write(`${harness.name}: ${held} runs, ${stepsDone} steps, no difference, ${seconds} s\n`)
  }
})
