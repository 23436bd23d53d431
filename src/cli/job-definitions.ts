import { Definitions } from '../api/definitions.ts'
import type { Settings } from '../config/options.ts'
import type { Output } from './output.ts'

/**
 * What a command on a store needs the job files for. `checked`: to enqueue, so that a file that cannot be loaded is an error; `masked`: to know which
 * fields of an input are sensitive, as well as can be.
 */
export type Definitional = 'checked' | 'masked'

/** Of the job files; none of them where none are needed. Throws `FW_CONFIG_UNREADABLE` for `checked`. */
export async function definitionsFor(
  needed: Definitional | undefined,
  { jobs }: Settings,
  output: Output,
): Promise<Definitions> {
  if (needed === undefined) return new Definitions([])
  try {
    const { loadJobs } = await import('./load/jobs.ts')
    const { handlers } = await loadJobs(jobs, process.cwd())
    return new Definitions(handlers)
  } catch (error) {
    if (needed === 'checked') throw error
    const why = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error)
    output.warn(`secrets are known by their names alone, not by the definitions of the jobs: ${why}`)
    return new Definitions([])
  }
}
