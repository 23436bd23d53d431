import { useState } from 'preact/hooks'
import type { LimitSettingsView } from '../../../../src/client.ts'
import { draftOf, emptyRate, type LimitDraft, settingsOf } from '../../../model/limit-draft.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { NumberField } from '../../parts/number-field.tsx'
import { RateRow, UnitSelect } from './rate-row.tsx'

interface Props {
  title: string
  /** `group`: of one. */
  scope: 'queue' | 'groups' | 'group'
  settings: LimitSettingsView
  /** Answers whether it went well: only then the dialog closes. */
  save: (settings: LimitSettingsView) => Promise<boolean>
  close: () => void
}

const ratesMax = 8

/** Everything that may limit a queue, its groups or one group. What is left empty does not limit. */
export function LimitsDialog({ title, scope, settings, save, close }: Props) {
  const [draft, setDraft] = useState<LimitDraft>(() => draftOf(settings))
  const [isBusy, setBusy] = useState(false)
  const change = (part: Partial<LimitDraft>) => setDraft({ ...draft, ...part })
  const meant = settingsOf(draft)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (typeof meant === 'string') return
    setBusy(true)
    if (await save(meant)) close()
    else setBusy(false)
  }
  return (
    <Dialog title={title} close={close}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <p class="faint">All of them hold at once, over all workers. What is left empty does not limit.</p>
        <Rates rates={draft.rates} change={(rates) => change({ rates })} />
        <div class="form-row">
          <NumberField
            label="Running at once"
            value={draft.concurrencyMax}
            change={(concurrencyMax) => change({ concurrencyMax })}
          />
          {scope === 'queue' ? (
            <NumberField
              label="Waiting at most"
              hint="More are answered `full`."
              value={draft.depthMax}
              change={(depthMax) => change({ depthMax })}
            />
          ) : (
            <NumberField
              label="Weight"
              hint="Its share against others; 1."
              value={draft.weight}
              change={(weight) => change({ weight })}
            />
          )}
        </div>
        <div class="form-row">
          <NumberField label="Quota: jobs" value={draft.quotaJobs} change={(quotaJobs) => change({ quotaJobs })} />
          <label class="field">
            in each
            <UnitSelect ms={draft.quotaPerMs} change={(quotaPerMs) => change({ quotaPerMs })} />
          </label>
        </div>
        {typeof meant === 'string' && (
          <p class="field-error" role="alert">
            {meant}
          </p>
        )}
        <div class="form-buttons">
          <button type="button" class="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class="button button-main" disabled={isBusy || typeof meant === 'string'}>
            Set the limits
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function Rates({ rates, change }: { rates: LimitDraft['rates']; change: (rates: LimitDraft['rates']) => void }) {
  return (
    <fieldset class="fieldset">
      <legend>Rates</legend>
      {rates.map((rate, index) => (
        <RateRow
          // The rows have nothing but their place.
          key={index}
          rate={rate}
          change={(changed) => change(rates.with(index, changed))}
          remove={() => change(rates.toSpliced(index, 1))}
        />
      ))}
      {rates.length < ratesMax && (
        <button type="button" class="link-button" onClick={() => change([...rates, emptyRate])}>
          {rates.length === 0 ? 'Add a rate' : 'Add another rate'}
        </button>
      )}
    </fieldset>
  )
}
