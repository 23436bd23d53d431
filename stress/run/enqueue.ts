import type { Client } from '../../src/connect/client.ts'
import type { Definition } from '../../src/job/definition.ts'
import type { Audience } from './audience.ts'

const chunk = 2_000

/** Enqueue all of them, and say how far it is; answers their ids. Throws when the store did not take one. */
export async function enqueueAll<In>(
  client: Client,
  definition: Definition<In, In>,
  inputs: readonly In[],
  audience: Audience,
  signal: AbortSignal,
): Promise<string[]> {
  const ids: string[] = []
  for (let start = 0; start < inputs.length && !signal.aborted; start += chunk) {
    const sent = await client.enqueueMany(definition, inputs.slice(start, start + chunk))
    for (const { id, outcome } of sent) {
      if (outcome !== 'added') throw new Error(`The store answered "${outcome}" to a new job (${id}).`)
      ids.push(id)
    }
    audience.progress?.({ phase: 'enqueueing', count: ids.length, of: inputs.length, inFlight: 0, retried: 0 })
  }
  return ids
}
