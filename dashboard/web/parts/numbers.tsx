import { bytes, count, duration, percent, rate } from '../../model/format.ts'

/** Zero is nothing to look at. `red` only for what needs a human, `amber` for what one should watch. */
export type Tone = 'blue' | 'amber' | 'red' | undefined

interface NumberProps {
  value: number | undefined
  /** The colour of what is not zero. */
  tone?: Tone
}

function Figure({ value, tone, text, title }: NumberProps & { text: string; title?: string }) {
  const look = value === undefined || !Number.isFinite(value) || value === 0 ? 'faint' : (tone ?? '')
  return (
    <span class={`number ${look}`} {...(title !== undefined && { title })}>
      {text}
    </span>
  )
}

export function Count({ value, tone }: NumberProps) {
  const text = count(value)
  const exact = value === undefined ? text : value.toLocaleString('en-US')
  return <Figure value={value} tone={tone} text={text} {...(exact !== text && { title: exact })} />
}

/** A second. */
export function Rate({ value, tone }: NumberProps) {
  return (
    <Figure value={value} tone={tone} text={value === undefined || value === 0 ? rate(value) : `${rate(value)}/s`} />
  )
}

export function Duration({ value, tone }: NumberProps) {
  return <Figure value={value} tone={tone} text={duration(value)} />
}

export function Bytes({ value, tone }: NumberProps) {
  return <Figure value={value} tone={tone} text={bytes(value)} />
}

export function Percent({ value, tone }: NumberProps) {
  return <Figure value={value} tone={tone} text={percent(value)} />
}
