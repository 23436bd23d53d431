import { Http } from '../../src/index.ts'
import { exported } from './needs.ts'

/** What a module of the user's keeps for the process: two handlers that import it share it. */
export const moduleState: { currency: string; rates: Record<string, number> } = {
  currency: 'EUR',
  rates: { USD: 1.1 },
}

const watch = exported<(object: object, name?: string) => unknown>('watch')
watch?.(moduleState, 'moduleState')
watch?.(moduleState.rates, 'moduleState.rates')
watch?.(Http, 'Http')
