import { useState } from 'preact/hooks'
import type { Filter } from '../../../../src/client.ts'
import type { JobState } from '../../../../src/contract/job.ts'
import type { ListFilter } from '../../../model/filter-text.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { may } from '../../data/session.ts'
import { BulkDialog } from '../../parts/bulk/bulk-dialog.tsx'

/** Which states an action makes sense for. */
const fitting: Record<JobAction, readonly JobState[]> = {
  retry: ['dead', 'quarantined', 'cancelled', 'delayed'],
  cancel: ['blocked', 'ready', 'delayed', 'running'],
  remove: ['done', 'dead', 'quarantined', 'cancelled'],
}
const words = { retry: 'Retry all …', cancel: 'Cancel all …', remove: 'Remove all …' } as const

/** What may be done to all jobs that the filter means, loaded or not. Without a filter it would be all of the store: nothing. */
export function AllOfThese({ filter }: { filter: ListFilter }) {
  const [action, setAction] = useState<JobAction>()
  const { states } = filter
  if (!may('act') || states === undefined) return null
  const possible = (['retry', 'cancel', ...(may('manage') ? (['remove'] as const) : [])] as const).filter((one) =>
    states.every((state) => fitting[one].includes(state)),
  )
  return (
    <>
      {possible.map((one) => (
        <button key={one} type="button" class="button" onClick={() => setAction(one)}>
          {words[one]}
        </button>
      ))}
      {action !== undefined && (
        <BulkDialog action={action} filter={filter as Filter} close={() => setAction(undefined)} />
      )}
    </>
  )
}
