import type { Driver } from '../../src/contract/index.ts'
import { concerns } from './concerns.ts'
import type { Harness } from './harness.ts'

/** What random runs may ask of a driver, by its traits and facets and by the laws that its harness skips. */
export interface Ability {
  /** Which job a limited reserve gives is certain, and a record shows what became of it: every answer must be the reference's. */
  exact: boolean
  /** Jobs can be looked at, and acted on from outside. */
  inspector: boolean
  limits: boolean
  delays: boolean
  unique: boolean
  followUps: boolean
  /** What was settled is still there, with its id. */
  history: boolean
  replay: boolean
  /** Sessions die, and are swept. */
  sessions: boolean
  crashes: boolean
  /** Each failed attempt stands in its job's record. */
  failures: boolean
  fenced: boolean
  /** Where an id is taken: in the whole store, in its queue, or nowhere. */
  ids: 'store' | 'queue' | 'nowhere'
}

const idLaw = 'an id that is stored already is a duplicate, and the first one stays as it was'
const idInStoreLaw = 'an id is taken in every queue, not in its own alone'

export function abilityOf({ traits, inspector, limits }: Driver, { skip = [] }: Harness): Ability {
  const skips = (law: string) => skip.some((skipped) => skipped.law === law)
  // Who keeps some laws of looking and not others has its own way of it.
  const looking = concerns.filter(({ name }) => ['inspector', 'cancel', 'pause and purge'].includes(name))
  const looks =
    inspector !== undefined && traits.history && !looking.some(({ laws }) => laws.some(({ name }) => skips(name)))
  const exact = looks && traits.order === 'priority' && traits.groups && traits.fence === 'store'
  return {
    exact,
    inspector: looks,
    limits: exact && limits !== undefined,
    delays: traits.delayMsMax > 0,
    unique: traits.unique,
    followUps: traits.followUps === 'atomic',
    history: traits.history,
    replay: traits.replay,
    sessions: traits.lease === 'session',
    crashes: traits.crashes,
    failures: traits.failures,
    fenced: traits.fence === 'store',
    ids: skips(idLaw) ? 'nowhere' : skips(idInStoreLaw) ? 'queue' : 'store',
  }
}
