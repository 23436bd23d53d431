import type { Command, View } from '../view.ts'

/** One key press: `name` as blessed calls it (`up`, `C-c`, `enter`), `text` what it types. */
export interface Key {
  name: string
  text: string
}

/** What a key press changes. */
export interface Outcome {
  view: View
  command?: Command
  /** Something to say for a moment. */
  note?: string
}

export function isEnter({ name }: Key): boolean {
  return name === 'enter' || name === 'linefeed'
}

const textMax = 2_000

/** A text with one more key typed at its end. */
export function edited(key: Key, text: string): string {
  if (key.name === 'backspace') return [...text].slice(0, -1).join('')
  if (key.name === 'C-u') return ''
  if (key.name === 'C-w') return text.replace(/\S+\s*$/, '')
  return (text + key.text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '')).slice(0, textMax)
}
