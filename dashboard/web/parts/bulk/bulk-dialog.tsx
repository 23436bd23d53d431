import { useState } from 'preact/hooks'
import type { BulkPreview, Filter } from '../../../../src/client.ts'
import { filterText } from '../../../model/filter-text.ts'
import { count, plural } from '../../../model/format.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { api } from '../../data/api.ts'
import { addBulk } from '../../data/bulk.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../answer.tsx'
import { Dialog } from '../dialog.tsx'
import { act } from '../toast.tsx'

interface Props {
  action: JobAction
  filter: Filter
  close: () => void
}

/** Kind to what stands behind the jobs: it has just failed. */
const ratePerSecondFirst = '50'
const verbs = { retry: 'Retry', cancel: 'Cancel', remove: 'Remove' } as const
const words = {
  retry: 'They start over, with all their attempts.',
  cancel: 'Those that wait end at once; those that run are told to stop.',
  remove: 'They are forgotten for good, with their inputs and errors.',
} as const

/** An action on all that a filter means: how many that are, and how fast. */
export function BulkDialog({ action, filter, close }: Props) {
  const preview = useResource(() => api.bulk.preview(action, filter), [action, filter])
  const [rate, setRate] = useState(ratePerSecondFirst)
  const [isBusy, setBusy] = useState(false)
  const ratePerSecond = rate.trim() === '' ? undefined : Number(rate)
  const isRate = ratePerSecond === undefined || (ratePerSecond > 0 && ratePerSecond <= 1e6)
  const found = preview.state.value.value
  const isReady = isRate && found !== undefined && found.count > 0 && !isBusy
  const start = async () => {
    setBusy(true)
    const isStarted = await act(
      async () => addBulk(await api.bulk.start(action, filter, ratePerSecond === undefined ? {} : { ratePerSecond })),
      'It has begun. It goes on when this page is closed.',
    )
    setBusy(false)
    if (isStarted) close()
  }
  return (
    <Dialog title={`${verbs[action]} all of them`} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) void start()
        }}
      >
        <p class="bulk-filter">
          <code>{filterText(found?.filter ?? filter)}</code>
        </p>
        <Answer of={preview} what="the count">
          {(value) => <Preview action={action} preview={value} rate={isRate ? ratePerSecond : undefined} />}
        </Answer>
        <label class="field">
          Jobs a second, at most
          <input
            inputMode="decimal"
            aria-invalid={!isRate}
            aria-describedby="rate-hint"
            value={rate}
            onInput={(event) => setRate(event.currentTarget.value)}
          />
          <span id="rate-hint" class={isRate ? 'field-hint' : 'field-error'}>
            {isRate ? 'Empty: as fast as the store goes.' : 'A number above 0, up to 1,000,000; or nothing.'}
          </span>
        </label>
        <div class="form-buttons">
          <button type="button" class="button" onClick={close}>
            Leave it
          </button>
          <button
            type="submit"
            class={`button ${action === 'retry' ? 'button-main' : 'button-danger'}`}
            autoFocus
            // Not disabled while it is counted: it would lose the focus.
            aria-disabled={!isReady}
          >
            {found === undefined ? verbs[action] : `${verbs[action]} ${plural(found.count, 'job')}`}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function Preview({ action, preview, rate }: { action: JobAction; preview: BulkPreview; rate: number | undefined }) {
  const { count: jobs, exact, sample } = preview
  if (jobs === 0) return <p>There is no such job any more. Somebody may have been quicker.</p>
  return (
    <div>
      <p>
        <strong class="number">{exact ? plural(jobs, 'job') : `${count(jobs)} jobs or more`}</strong>
        {rate !== undefined && jobs / rate > 1 && <span class="faint">, in about {roughly(jobs / rate)}</span>}.{' '}
        {words[action]}
      </p>
      {!exact && <p class="faint">Counting all of them would have taken too long.</p>}
      <p class="faint bulk-sample">
        Among them{' '}
        {sample
          .slice(0, 3)
          .map(({ name, id }) => `${name} ${id}`)
          .join(', ')}
        {jobs > 3 ? ' …' : ''}
      </p>
    </div>
  )
}

function roughly(seconds: number): string {
  if (seconds < 90) return plural(Math.round(seconds), 'second')
  return seconds < 5_400 ? plural(Math.round(seconds / 60), 'minute') : plural(Math.round(seconds / 3_600), 'hour')
}
