import type { Gauge } from '../../model/limit-left.ts'
import { Level } from './level.tsx'

/** What limits leave, each a small meter with its words; how it comes back on hover. `of` says whose they are, for who does not see it. */
export function Gauges({ gauges, of }: { gauges: readonly Gauge[]; of: string }) {
  if (gauges.length === 0) return <span class="faint">–</span>
  return (
    <span class="gauges">
      {gauges.map(({ left, most, words, more }, index) => (
        <span key={index} class="gauge" title={more}>
          <Level isSmall value={left} most={most} label={`${of}: ${words} left`} title={more} />
          <span class={left < 1 ? 'amber' : ''}>{words}</span>
        </span>
      ))}
    </span>
  )
}
