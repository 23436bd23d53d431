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

/** blessed tells of one press as `return` and as `enter`: one of them counts. */
export function isEnter({ name }: Key): boolean {
  return name === 'enter' || name === 'linefeed'
}
