import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface Key {
  /** `/`, `?`, or two after another: `g q`. */
  keys: string
  does: string
  run: () => void
}

/** All that is bound now: the help lists them. */
export const bound = signal<readonly Key[]>([])

const sequenceMs = 1_500
let first = ''
let firstAtMs = 0

/** Bind keys while the component is there. They do nothing while one types, or while a dialog is open. */
export function useKeys(keys: readonly Key[]): void {
  const newest = useRef(keys)
  newest.current = keys
  // Before the browser paints: what one sees can be steered.
  useLayoutEffect(() => {
    const own = keys.map(({ keys: text, does }, at) => ({ keys: text, does, run: () => newest.current[at]?.run() }))
    bound.value = [...bound.peek(), ...own]
    return () => {
      bound.value = bound.peek().filter((one) => !own.includes(one))
    }
  }, [JSON.stringify(keys.map(({ keys: text, does }) => [text, does]))])
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return
  const sequence = event.timeStamp - firstAtMs < sequenceMs && first !== '' ? `${first} ${event.key}` : event.key
  first = ''
  const hit = bound.peek().findLast(({ keys }) => keys === sequence)
  if (hit !== undefined) {
    event.preventDefault()
    hit.run()
  } else if (bound.peek().some(({ keys }) => keys.startsWith(`${event.key} `))) {
    first = event.key
    firstAtMs = event.timeStamp
  }
})

function isTyping({ target }: Event): boolean {
  if (document.querySelector('dialog[open]') !== null) return true
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
}

/** The next or previous row of the table in which one is, else of the first one. */
export function stepRow(by: 1 | -1): void {
  const here = document.activeElement?.closest('[data-row]')
  const table =
    here?.closest('table') ?? document.activeElement?.querySelector('table') ?? document.querySelector('main table')
  const rows = [...(table?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  if (rows.length === 0) return
  const at = rows.findIndex((row) => row === here)
  const next = at < 0 ? (by === 1 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)
  rows[next]?.focus()
  rows[next]?.scrollIntoView({ block: 'nearest' })
}

/** The search field of the page, if it has one. */
export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('main input[type=search]')?.focus()
}
