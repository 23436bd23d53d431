import { invalid, problemsOf } from './problems.ts'

/**
 * Holds what code gave to `connect` or `client.work` against the same schema as the config file. The schema is loaded only
 * when there is something to check. Throws `FW_CONFIG_INVALID`.
 */
export async function checkSettings(where: 'connect' | 'work', given: object): Promise<void> {
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  if (Object.keys(values).length === 0) return
  const { allowedInCalls, callSchemas } = await import('./schema.ts')
  const checked = callSchemas[where].safeParse(values)
  if (checked.success) return
  const known = Object.keys(callSchemas[where].shape)
  throw invalid(problemsOf(checked.error.issues, values, known, { where: callOf[where], allowed: allowedInCalls }))
}

const callOf = { connect: 'connect(url, options)', work: 'client.work(handlers, options)' }
