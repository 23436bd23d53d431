import * as z from 'zod'
import { demandAll } from '../auth/caller.ts'
import { operation } from '../operation.ts'

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

export const autoscale = operation({
  id: 'autoscale',
  method: 'GET',
  path: '/v1/autoscale',
  tag: 'Store',
  right: 'see',
  summary: 'How many replicas of this worker are wanted, by the law of Little',
  description: 'In the shape that the metrics-api scaler of KEDA reads (`valueLocation: replicas`).',
  query: z.strictObject({
    drainSeconds: z.coerce
      .number()
      .min(1)
      .max(86_400)
      .exactOptional()
      .meta({ description: 'How soon a backlog is to be gone; 60 by default.' }),
    utilisation: z.coerce
      .number()
      .min(0.05)
      .max(1)
      .exactOptional()
      .meta({ description: 'How much of its slots a replica should use; 0.8 by default.' }),
    replicasMin: whole(0, 10_000).exactOptional(),
    replicasMax: whole(1, 10_000).exactOptional(),
  }),
  answer: z.object({
    replicas: z.int(),
    busySlots: z.number(),
    drainSlots: z.number(),
    boundBy: z.enum(['load', 'replicasMin', 'replicasMax', 'limits']),
  }),
  async run(api, { query, caller }) {
    demandAll(caller)
    return api.metrics.scale(query)
  },
})

export type ScaleView = z.output<typeof autoscale.answer>
