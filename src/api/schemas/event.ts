import * as z from 'zod'
import { key, name } from './common.ts'

/** Which events are wanted: all given fields must hold. */
export const eventFilter = z.strictObject({
  queue: name.exactOptional(),
  job: key.exactOptional(),
  event: z
    .string()
    .max(500)
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.string().regex(/^[a-z]+(?:\.[a-zA-Z]+)?$/))
        .min(1)
        .max(20),
    )
    .exactOptional()
    .meta({ description: '`job.ended`, or `job` for all of them; several by commas.' }),
})

export type EventFilter = z.output<typeof eventFilter>
