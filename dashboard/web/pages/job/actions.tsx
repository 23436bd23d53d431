import { useState } from 'preact/hooks'
import type { JobView } from '../../../../src/client.ts'
import { terminalStates } from '../../../../src/contract/job.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { actOnJob } from '../../data/act-on.ts'
import { may } from '../../data/session.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { useKeys } from '../../shell/keys.ts'
import { RunAgain } from './run-again.tsx'

type Asking = 'cancel' | 'remove' | 'again'

/** Retry, cancel, run again, remove: what its state allows, and who looks may. */
export function JobActions({ job, changed }: { job: JobView; changed: () => Promise<void> }) {
  const [asking, ask] = useState<Asking>()
  const [isBusy, setBusy] = useState(false)
  const hasEnded = (terminalStates as readonly string[]).includes(job.state)
  const canRetry = hasEnded ? job.state !== 'done' : job.state === 'delayed'
  const run = async (action: JobAction) => {
    setBusy(true)
    await actOnJob(action, job.id)
    await changed()
    setBusy(false)
  }
  const mayAct = may('act')
  useKeys(
    mayAct
      ? [
          ...(canRetry ? [{ keys: 'r', does: 'retry the job', run: () => void run('retry') }] : []),
          { keys: 'e', does: 'run again, edited', run: () => ask('again') },
          ...(hasEnded ? [] : [{ keys: 'c', does: 'cancel the job', run: () => ask('cancel') }]),
        ]
      : [],
  )
  if (!mayAct) return null
  const close = () => ask(undefined)
  return (
    <div class="head-end">
      {canRetry && (
        <button type="button" class="button button-main" disabled={isBusy} onClick={() => void run('retry')}>
          {job.state === 'delayed' ? 'Run now' : 'Retry'}
        </button>
      )}
      <button type="button" class="button" disabled={isBusy} onClick={() => ask('again')}>
        Run again …
      </button>
      {!hasEnded && (
        <button type="button" class="button" disabled={isBusy} onClick={() => ask('cancel')}>
          Cancel
        </button>
      )}
      {may('manage') && job.state !== 'running' && (
        <button type="button" class="button" disabled={isBusy} onClick={() => ask('remove')}>
          Remove
        </button>
      )}
      {asking === 'cancel' && (
        <Confirm title="Cancel this job?" yes="Cancel it" danger onYes={() => void run('cancel')} close={close}>
          <p>
            {job.state === 'running'
              ? 'Its worker is told to stop it. What it has done so far stays done.'
              : 'It ends without running. It can be retried later.'}
          </p>
        </Confirm>
      )}
      {asking === 'remove' && (
        <Confirm title="Remove this job?" yes="Remove it" danger onYes={() => void run('remove')} close={close}>
          <p>It is forgotten for good, with its input and result.</p>
        </Confirm>
      )}
      {asking === 'again' && <RunAgain job={job} close={close} />}
    </div>
  )
}
