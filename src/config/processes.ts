import { availableParallelism } from 'node:os'
import type { Settings } from './options.ts'

/**
 * How many worker processes are wanted. `auto`: one for each core that this process may use, by affinity and by the CPU limit of its
 * container, as Node finds them; at least one.
 */
export function processesOf({ processes }: Pick<Settings, 'processes'>): number {
  return processes === 'auto' ? Math.max(1, availableParallelism()) : processes
}
