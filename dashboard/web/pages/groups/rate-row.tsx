import type { RateDraft } from '../../../model/limit-draft.ts'
import { duration } from '../../../model/format.ts'
import { NumberField } from '../../parts/number-field.tsx'

interface Props {
  rate: RateDraft
  change: (rate: RateDraft) => void
  remove: () => void
}

/** `40` a `second`, burst `80`. */
export function RateRow({ rate, change, remove }: Props) {
  return (
    <div class="form-row rate-row">
      <NumberField label="Jobs" value={rate.tokens} change={(tokens) => change({ ...rate, tokens })} />
      <label class="field">
        in each
        <UnitSelect ms={rate.perMs} change={(perMs) => change({ ...rate, perMs })} />
      </label>
      <NumberField label="Burst" value={rate.burst} change={(burst) => change({ ...rate, burst })} />
      <button type="button" class="icon-button" aria-label="Remove this rate" onClick={remove}>
        ×
      </button>
    </div>
  )
}

const units: [ms: number, words: string][] = [
  [1_000, 'second'],
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [86_400_000, 'day'],
]

/** A unit of time; one that was set elsewhere stays as it is. */
export function UnitSelect({ ms, change }: { ms: number; change: (ms: number) => void }) {
  const all = units.some(([one]) => one === ms) ? units : [...units, [ms, duration(ms)] as [number, string]]
  return (
    <select value={ms} onChange={(event) => change(Number(event.currentTarget.value))}>
      {all.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  )
}
