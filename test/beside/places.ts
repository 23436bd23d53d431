import { join } from 'node:path'
import { matrices } from '../../stress/chaos/matrix.ts'
import type { ChaosStore } from '../../stress/chaos/store.ts'

/**
 * What a store can do, of what a run asks for. `failures`: it keeps each failed attempt, beside the job or within; `lease`: only when it is over another worker
 * gets the job.
 */
export type Ability = 'records' | 'unique' | 'schedules' | 'groups' | 'failures' | 'failures-within' | 'lease'

/** A store of a run's own, gone with it. */
export interface Place extends AsyncDisposable {
  url: string
  ledger?: string
  /** A folder that goes with it. */
  folder: string
  able: readonly Ability[]
}

interface PlaceKind {
  /** Its name in the matrix of chaos, which starts a server of its own. */
  store: string
  able: readonly Ability[]
  /** A SQLite file keeps what the broker cannot. */
  ledger?: boolean
}

const all: readonly Ability[] = ['records', 'unique', 'schedules', 'groups', 'failures', 'lease']
const ledgered: readonly Ability[] = ['records', 'unique', 'schedules']

const kinds: Record<string, PlaceKind> = {
  sqlite: { store: 'sqlite', able: all },
  redis: { store: 'redis', able: all },
  'redis-streams': { store: 'redis-streams', able: [...all.filter((one) => one !== 'groups'), 'failures-within'] },
  postgres: { store: 'postgres', able: all },
  mysql: { store: 'mysql', able: all },
  rabbitmq: { store: 'rabbitmq', able: [] },
  'rabbitmq-ledger': { store: 'rabbitmq', able: ledgered, ledger: true },
  sqs: { store: 'sqs', able: [] },
  'sqs-ledger': { store: 'sqs', able: ledgered, ledger: true },
}

export const placeNames = Object.keys(kinds)

export async function openPlace(name: string): Promise<Place> {
  const { store, able, ledger = false } = kinds[name]!
  const opened: ChaosStore = await matrices[store]!.open()
  const { url, folder } = opened
  return {
    url,
    folder,
    able,
    ...(ledger && { ledger: `sqlite:${encodeURI(join(folder, 'ledger.db'))}` }),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
