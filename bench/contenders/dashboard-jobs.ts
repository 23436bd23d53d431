import * as z from 'zod'
import { defineJob } from '../../src/index.ts'

/** For `--jobs`. */
export const dashboardJobs = import.meta.filename

const spinMs = 0.05

/** Work enough that a backlog lasts; the worker's core is the limit. */
export const spin = defineJob('spin', { input: z.object({ n: z.number(), pad: z.string() }) }, async () => {
  const until = performance.now() + spinMs
  while (performance.now() < until);
})
