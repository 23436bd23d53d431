import type { JobContext } from '../job/context.ts'
import type { Middleware } from '../job/options.ts'

/** The middleware around what runs the handler, outermost first. */
export function layered(
  chain: readonly Middleware[],
  job: JobContext,
  innermost: () => Promise<unknown>,
): Promise<unknown> {
  return chain.reduceRight<() => Promise<unknown>>((next, layer) => async () => layer(job, next), innermost)()
}
