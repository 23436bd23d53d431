import { defineJob } from '../../src/job/definition.ts'
import { refuseHeader } from '../service/protocol.ts'
import { common, type Kind, pick, retryMs, waiting } from './kind.ts'

/** Asks the slow service; one of ten is refused with 503 the first time and tried again. */
export const httpKind: Kind = {
  handlers: (world) => [
    defineJob('http', common(world), async ({ n, variant, url }, job) => {
      world.began(n)
      const headers = variant === 'refused' ? { [refuseHeader]: `${job.id}:1` } : {}
      const response = await job.http.post(url, { json: { n }, headers })
      return response.throw().json<{ received: boolean }>()
    }),
  ],
  plan(n, dice) {
    const variant = pick(dice, { plain: 9, refused: 1 })
    const refused = variant === 'refused'
    const { latencyMs } = dice
    return {
      job: 'http',
      input: { n, variant, ms: latencyMs, url: `${dice.origin()}/stress` },
      expect: { state: 'done', executions: refused ? 2 : 1 },
      need: { ...waiting(latencyMs), chainMs: latencyMs + (refused ? retryMs : 0) },
      plannedMs: latencyMs,
    }
  },
}
