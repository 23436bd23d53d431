import { current } from '../../../src/index.ts'
import { type Door, doors } from '../doors.ts'
import { facadeDoors, type Table, tenantFacadeDoors } from '../facade-doors.ts'

/** Of the tag of a job: whose it is. */
export const tenantOf = (tag: string) => tag.slice(0, tag.indexOf('/'))

/** Answers the tag if this is the tenant's, or else what it is. */
const ifOwn = (tag: string, tenant: unknown) => (tenant === tenantOf(tag) ? tag : String(tenant))

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

/** Doors that know whose job it is, beside those that know which job it is. */
export const tenantDoors = (table: Table): readonly Door[] => [
  ...doors,
  ...facadeDoors(table),
  ...tenantFacadeDoors(tenantOf),
  { name: 'job.tenant', visit: (tag, job) => ifOwn(tag, job.tenant) },
  { name: 'current().tenant', visit: async (tag) => pause().then(() => ifOwn(tag, current().tenant)) },
]
