import { defineJob } from 'fiber-work'
import * as z from 'zod'

/** What both sides know of the job: its name, its input, its options. No handler, and nothing that a handler needs. */
export const resize = defineJob('resize', {
  input: z.object({ width: z.number().int().positive() }),
  queue: 'images',
  timeoutMs: 10_000,
})
