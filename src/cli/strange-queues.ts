import { nearest } from '../base/nearest.ts'
import type { Settings } from '../config/options.ts'
import type { AnyHandler } from '../job/definition.ts'

/**
 * What `keep` and `alertWaitMs` say of queues that nobody works here, in sentences. No error: one config file may serve workers of several
 * queues; but a name that is nearly one of ours is a slip.
 */
export function strangeQueues({ keep, alertWaitMs }: Settings, handlers: readonly AnyHandler[]): string[] {
  const known = [...new Set(handlers.map(({ queue }) => queue.name))]
  const said = { keep: keep ?? {}, alertWaitMs: typeof alertWaitMs === 'object' ? alertWaitMs : {} }
  return Object.entries(said).flatMap(([option, byQueue]) =>
    Object.keys(byQueue)
      .filter((name) => name !== '*' && !known.includes(name))
      .map((name) => ({ name, near: nearest(name, known) }))
      .filter(({ near }) => near !== undefined)
      .map(
        ({ name, near }) =>
          `\`${option}\` says something of "${name}", which nothing here works; did you mean "${near}"?`,
      ),
  )
}
