import { useState } from 'preact/hooks'
import { plural } from '../../../model/format.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { actOnJobs } from '../../data/act-on.ts'
import { may } from '../../data/session.ts'
import { Confirm } from '../../parts/dialog.tsx'
import type { Selection } from './selection.ts'

interface Props {
  selection: Selection
  done: () => void
}

/** What may be done to the jobs that are chosen. */
export function SelectedBar({ selection, done }: Props) {
  const [asking, ask] = useState<JobAction>()
  const ids = [...selection.ids]
  if (ids.length === 0) return null
  const run = async (action: JobAction) => {
    await actOnJobs(action, ids)
    selection.clear()
    done()
  }
  return (
    <div class="selected-bar" role="toolbar" aria-label="Selected jobs">
      <strong class="number">{plural(ids.length, 'job')} selected</strong>
      <button type="button" class="button" onClick={() => void run('retry')}>
        Retry
      </button>
      <button type="button" class="button" onClick={() => ask('cancel')}>
        Cancel
      </button>
      {may('manage') && (
        <button type="button" class="button" onClick={() => ask('remove')}>
          Remove
        </button>
      )}
      <button type="button" class="link-button" onClick={selection.clear}>
        Select none
      </button>
      {asking !== undefined && (
        <Confirm
          title={`${asking === 'cancel' ? 'Cancel' : 'Remove'} ${plural(ids.length, 'job')}?`}
          yes={asking === 'cancel' ? 'Cancel them' : 'Remove them'}
          danger
          onYes={() => void run(asking)}
          close={() => ask(undefined)}
        >
          <p>
            {asking === 'cancel'
              ? 'Those that wait end at once; those that run are told to stop. A cancelled job can be retried.'
              : 'They are forgotten for good, with their input and result. Those that run stay.'}
          </p>
        </Confirm>
      )}
    </div>
  )
}
