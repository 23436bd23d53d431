import type { ComponentChildren } from 'preact'
import { ago } from '../../model/format.ts'
import { nowMs } from '../data/clock.ts'
import type { Resource } from '../data/resource.ts'
import { ErrorNote, Loading } from './notes.tsx'

interface Props<Value> {
  of: Resource<Value>
  /** What is loaded, in a word or two: `queues`. */
  what: string
  children: (value: Value) => ComponentChildren
}

/** What a resource answered: loading, an error, or the value. A value whose refresh fails stays, and is marked as old. */
export function Answer<Value>({ of, what, children }: Props<Value>) {
  const { value, error, atMs } = of.state.value
  if (value === undefined) {
    return error === undefined ? <Loading what={what} /> : <ErrorNote error={error} retry={() => of.refresh()} />
  }
  return (
    <>
      {error !== undefined && atMs !== undefined && (
        <p class="note note-watch" role="status">
          {`This is as it was ${ago(nowMs.value - atMs)}: ${error.message}`}
        </p>
      )}
      {children(value)}
    </>
  )
}
