import { parseConcurrency } from '../../model/concurrency.ts'
import { edited, isEnter, type Key, type Outcome } from './key.ts'
import { withFilter, type Mode, type View } from '../view.ts'

const rateMax = 1_000_000

/** A yes or a no. Enter is not a yes: it is too easily pressed once too often. */
export function answer(key: Key, view: View, mode: Mode & { is: 'confirm' }): Outcome {
  const back = { ...view, mode: mode.back }
  if (key.name === 'y' || key.text === 'Y') return { view: back, command: mode.command }
  return ['n', 'escape'].includes(key.name) || key.text === 'N' ? { view: back } : { view }
}

/** A line that is typed: a filter, which works at once, a number, or the rate of a bulk action. */
export function type(key: Key, view: View, mode: Mode & { is: 'filter' | 'concurrency' | 'bulk' }): Outcome {
  if (mode.is === 'bulk') return typeRate(key, view, mode)
  const into = (text: string): View => {
    const typed = { ...view, mode: { ...mode, text } }
    return mode.is === 'filter' ? withFilter(typed, text) : typed
  }
  const browsing: View = { ...view, mode: { is: 'browse' } }
  if (key.name === 'escape') return { view: mode.is === 'filter' ? withFilter(browsing, mode.before) : browsing }
  if (isEnter(key)) return mode.is === 'filter' ? { view: browsing } : concurrency(mode, browsing)
  return { view: into(edited(key, mode.text)) }
}

function concurrency({ text, queue }: Mode & { is: 'concurrency' }, view: View): Outcome {
  if (queue !== undefined && text.trim() === '') return { view, command: { do: 'concurrency', value: null, queue } }
  const value = parseConcurrency(text)
  if (typeof value === 'string') return { view, note: `concurrency stays: ${value}` }
  if (queue !== undefined) return { view, command: { do: 'concurrency', value, queue } }
  return { view: { ...view, target: value }, command: { do: 'concurrency', value } }
}

function typeRate(key: Key, view: View, mode: Mode & { is: 'bulk' }): Outcome {
  const browsing: View = { ...view, mode: { is: 'browse' } }
  if (['escape', 'n'].includes(key.name)) return { view: browsing }
  if (isEnter(key)) {
    // What would be done is known before it can be begun.
    if (mode.preview === undefined) return { view }
    if (mode.preview.count === 0) return { view: browsing, note: 'there is nothing to do' }
    const ratePerSecond = Number(mode.rate)
    const rate = mode.rate === '' || ratePerSecond === 0 ? {} : { ratePerSecond: Math.min(ratePerSecond, rateMax) }
    return { view: browsing, command: { do: 'bulk', action: mode.action, filter: mode.filter, ...rate } }
  }
  const rate = edited(key, mode.rate).replaceAll(/\D/g, '')
  // The first digit replaces what was proposed.
  const fresh = /^\d$/.test(key.text) && mode.rate === proposedRate ? key.text : rate
  return { view: { ...view, mode: { ...mode, rate: fresh } } }
}

/** Jobs a second: fast enough to see it go on, slow enough for what has failed under more. */
export const proposedRate = '50'
