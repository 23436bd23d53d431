import * as z from 'zod'
import { defineJob } from '../../src/index.ts'

/** For `--jobs`. */
export const apiJobs = import.meta.filename

export const noop = defineJob('noop', { input: z.object({ n: z.number(), pad: z.string() }) }, async () => {})
