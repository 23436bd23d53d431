import { percent } from '../../../model/format.ts'
import { Json } from '../../parts/json.tsx'
import { Meter } from '../../parts/meter.tsx'

/** What a job has said of its progress: a share, or whatever it says. */
export function Progress({ value }: { value: unknown }) {
  const share = shareOf(value)
  if (share === undefined) return <Json value={value} what="the progress" />
  return (
    <div class="progress">
      <Meter share={share} label="Progress" /> <span class="number">{percent(share)}</span>
    </div>
  )
}

/** 0 to 1, `{ done, total }`, or a number of percent. */
function shareOf(value: unknown): number | undefined {
  if (typeof value === 'number')
    return value >= 0 && value <= 1 ? value : value > 1 && value <= 100 ? value / 100 : undefined
  if (typeof value !== 'object' || value === null) return undefined
  const { done, total } = value as { done?: unknown; total?: unknown }
  return typeof done === 'number' && typeof total === 'number' && total > 0
    ? Math.min(1, Math.max(0, done / total))
    : undefined
}
