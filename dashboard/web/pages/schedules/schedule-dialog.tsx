import { useState } from 'preact/hooks'
import type { ScheduleView } from '../../../../src/client.ts'
import { cronWords } from '../../../model/cron-words.ts'
import { type ScheduleDraft, scheduleDraftOf, scheduleOf } from '../../../model/schedule-draft.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { toast } from '../../parts/toast.tsx'
import { WhenFields } from './when-fields.tsx'

interface Props {
  /** Undefined: a new one. */
  schedule: ScheduleView | undefined
  changed: () => Promise<void>
  close: () => void
}

export function ScheduleDialog({ schedule, changed, close }: Props) {
  const [draft, setDraft] = useState<ScheduleDraft>(() =>
    scheduleDraftOf(schedule, Intl.DateTimeFormat().resolvedOptions().timeZone),
  )
  const [error, setError] = useState<Error>()
  const change = (part: Partial<ScheduleDraft>) => setDraft({ ...draft, ...part })
  const meant = scheduleOf(draft)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (typeof meant === 'string') return
    try {
      const { outcome } = await api.schedules.put(draft.id.trim(), meant)
      toast(`${draft.id.trim()}: ${outcome}.`)
      close()
      await changed()
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  return (
    <Dialog title={schedule === undefined ? 'New schedule' : `Edit ${schedule.id}`} close={close}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {schedule === undefined && (
          <label class="field">
            Name
            <input
              value={draft.id}
              maxLength={200}
              required
              autoFocus
              onInput={(event) => change({ id: event.currentTarget.value })}
            />
          </label>
        )}
        <JobSelect job={draft.job} choose={(job) => change({ job })} />
        <WhenFields draft={draft} change={change} words={cronWords(draft.cron)} />
        <label class="field">
          Input as JSON
          <textarea
            class="code"
            rows={4}
            spellcheck={false}
            value={draft.input}
            onInput={(event) => change({ input: event.currentTarget.value })}
          />
        </label>
        {schedule !== undefined && (
          <p class="faint">What the code gave its job besides, such as a priority or tags, is replaced.</p>
        )}
        {error !== undefined && <ErrorNote error={error} />}
        <div class="form-buttons">
          {typeof meant === 'string' && <span class="faint form-wrong">{meant}</span>}
          <button type="button" class="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class="button button-main" disabled={typeof meant === 'string'}>
            {schedule === undefined ? 'Make it' : 'Change it'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** The jobs that the API knows; one that it does not know any more stays choosable. */
function JobSelect({ job, choose }: { job: string; choose: (job: string) => void }) {
  const definitions = useResource(() => api.jobs.definitions(), ['definitions'])
  const known = (definitions.state.value.value ?? []).map(({ queue, name }) => `${queue}/${name}`)
  const all = job === '' || known.includes(job) ? known : [job, ...known]
  return (
    <label class="field">
      Job
      <select value={job} required onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">choose one</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {one.replace('/', ' / ')}
          </option>
        ))}
      </select>
    </label>
  )
}
