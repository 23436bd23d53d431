import type { Progress } from '../../stress/run/audience.ts'

const barColumns = 28
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** One line: `███████▌░░░░░  4,211 of 10,000 · 5,789 running · 12 tried again`, as much of it as fits. */
export function progressLine(
  { phase, count, of, inFlight, retried }: Progress,
  columns = 80,
): { bar: string; rest: string; words: string } {
  const share = of === 0 ? 1 : Math.min(1, count / of)
  const cells = Math.round(share * barColumns * 8)
  const bar = '█'.repeat(Math.floor(cells / 8)) + eighths[cells % 8]!
  const number = (value: number) => value.toLocaleString('en-US')
  const parts = [`${number(count)} of ${number(of)} ${phase === 'enqueueing' ? 'enqueued' : 'done'}`]
  if (inFlight > 0) parts.push(`${number(inFlight)} running`)
  if (retried > 0) parts.push(`${number(retried)} tried again`)
  while (parts.length > 1 && parts.join(' · ').length > columns - barColumns - 3) parts.pop()
  return { bar, rest: '░'.repeat(barColumns - bar.length), words: parts.join(' · ') }
}
