import type { Filter } from '../api/schemas/common.ts'
import { followBulk } from './bulk-run.ts'
import { confirm } from './confirm.ts'
import { showCount } from './time.ts'
import type { ApiContext } from './with-api.ts'

export interface Removed {
  removed: number
  /** Present when somebody was asked, and said so. */
  asked?: 'no'
}

/** Forgets all that a filter means: asks before, unless that is meant (`yes`). `what` names the jobs: `dead jobs of "mails"`. */
export async function removeAll(context: ApiContext, filter: Filter, what: string, yes: boolean): Promise<Removed> {
  const { api, place } = context
  if (!yes) {
    const { count, exact } = await api.bulk.preview('remove', filter)
    const many = `${showCount(count)}${exact ? '' : ' or more'}`
    if (!(await confirm(`Forget ${many} ${what} at ${place} for good?`))) return { removed: 0, asked: 'no' }
  }
  const { outcomes } = await followBulk(context, await api.bulk.start('remove', filter))
  return { removed: outcomes['removed'] ?? 0 }
}

export function removedText({ removed, asked }: Removed): string {
  return asked === 'no' ? 'Nothing was removed.' : `${showCount(removed)} removed.`
}
