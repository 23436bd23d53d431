import type { ScheduleDraft } from '../../../model/schedule-draft.ts'
import { Tabs } from '../../parts/tabs.tsx'
import { NumberField } from '../../parts/number-field.tsx'

interface Props {
  draft: ScheduleDraft
  change: (part: Partial<ScheduleDraft>) => void
  /** What the pattern says, if that can be told. */
  words: string | undefined
}

const units: [ms: number, words: string][] = [
  [1_000, 'seconds'],
  [60_000, 'minutes'],
  [3_600_000, 'hours'],
  [86_400_000, 'days'],
]

/** When it runs, and what happens when a time was missed or the last run is not over. */
export function WhenFields({ draft, change, words }: Props) {
  return (
    <>
      <Tabs
        label="When"
        choices={[
          ['cron', 'By a pattern'],
          ['every', 'In intervals'],
        ]}
        chosen={draft.kind}
        choose={(kind) => change({ kind })}
      />
      {draft.kind === 'cron' ? (
        <div class="form-row">
          <label class="field">
            Pattern
            <input class="code" value={draft.cron} onInput={(event) => change({ cron: event.currentTarget.value })} />
            <span class="field-hint">{words ?? 'minute hour day month weekday'}</span>
          </label>
          <label class="field">
            Time zone
            <input
              value={draft.timeZone}
              list="time-zones"
              onInput={(event) => change({ timeZone: event.currentTarget.value })}
            />
            <datalist id="time-zones">
              {Intl.supportedValuesOf('timeZone').map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </label>
        </div>
      ) : (
        <div class="form-row">
          <NumberField label="Every" value={draft.every} change={(every) => change({ every })} />
          <label class="field">
            Unit
            <select
              value={draft.everyUnitMs}
              onChange={(event) => change({ everyUnitMs: Number(event.currentTarget.value) })}
            >
              {units.map(([ms, text]) => (
                <option key={ms} value={ms}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <Exceptions draft={draft} change={change} />
    </>
  )
}

function Exceptions({ draft, change }: Pick<Props, 'draft' | 'change'>) {
  return (
    <div class="form-row">
      <label class="field">
        When times were missed
        <select
          value={draft.missed}
          onChange={(event) => change({ missed: event.currentTarget.value as ScheduleDraft['missed'] })}
        >
          <option value="last">run once</option>
          <option value="skip">run none of them</option>
          <option value="all">run all of them</option>
        </select>
      </label>
      <label class="field">
        While the last one runs
        <select
          value={draft.overlap}
          onChange={(event) => change({ overlap: event.currentTarget.value as ScheduleDraft['overlap'] })}
        >
          <option value="allow">run beside it</option>
          <option value="skip">run not at all</option>
        </select>
      </label>
    </div>
  )
}
