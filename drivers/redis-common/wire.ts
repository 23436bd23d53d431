import { failuresIn } from '../../src/base/failures.ts'
import type { Failure } from '../../src/contract/index.ts'

// What stands in Redis is UTF-8 text, and the scripts put ids, groups and queues into lines and keys: control characters
// are theirs. A text that is not fit for that is written as JSON behind a mark that nothing else begins with.
const mark = '\u0001'
const control = /[\u0000-\u001f]/

/** A name, id, group or key, as it stands in Redis. No two texts are the same there. */
export function wire(text: string): string {
  return text === '' || control.test(text) || !text.isWellFormed() ? mark + JSON.stringify(text) : text
}

/** A body, result or error: line feeds and such are welcome, because nothing comes behind it. */
export function wireBody(text: string): string {
  return text.isWellFormed() && !text.startsWith(mark) ? text : mark + JSON.stringify(text)
}

/** Of attempts that failed, as the scripts write them. */
export function wiredFailures(text: string): Failure[] {
  return failuresIn(text).map((failure) => ({ ...failure, error: unwire(failure.error) }))
}

export function unwire(text: string): string {
  return text.startsWith(mark) ? (JSON.parse(text.slice(1)) as string) : text
}
