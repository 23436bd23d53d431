import { useEffect, useRef, useState } from 'preact/hooks'
import { filterFromText, filterText, type ListFilter } from '../../../model/filter-text.ts'
import { typingMs } from '../../data/settled.ts'

interface Props {
  filter: ListFilter
  choose: (filter: ListFilter, typed?: boolean) => void
  queues: readonly string[]
}

/** The filter as a text to type, beside its tabs. What is not a field (`queue:mail`) is looked for in errors. */
export function FilterBar({ filter, choose, queues }: Props) {
  const { text, problems, type, apply } = useTyped(filter, choose)
  return (
    <search class="filter-bar">
      <form
        class="filter-form"
        onSubmit={(event) => {
          event.preventDefault()
          apply(text)
        }}
      >
        <input
          type="search"
          class="filter-text"
          aria-label="Filter"
          aria-describedby="filter-help"
          aria-invalid={problems.length > 0}
          placeholder="queue:mail group:acme tag:vip from:2h, or words of an error"
          spellcheck={false}
          autocapitalize="off"
          value={text}
          onInput={(event) => type(event.currentTarget.value)}
        />
        <QueueChoice filter={filter} choose={choose} queues={queues} />
        {Object.keys(filter).length > 0 && (
          <button type="button" class="button" onClick={() => choose({})}>
            Clear
          </button>
        )}
      </form>
      <p id="filter-help" class={problems.length > 0 ? 'field-error' : 'hidden'} role="status">
        {problems.length > 0
          ? problems.join(' ')
          : 'Fields: state, queue, name, group, tag, id (begins with), older, from and to (a moment, or how long ago). Anything else is looked for in errors.'}
      </p>
    </search>
  )
}

function QueueChoice({ filter, choose, queues }: Props) {
  const { queue: chosen, ...others } = filter
  return (
    <select
      aria-label="Queue"
      value={chosen ?? ''}
      onChange={(event) => {
        const queue = event.currentTarget.value
        choose(queue === '' ? others : { ...others, queue })
      }}
    >
      <option value="">All queues</option>
      {[...new Set([...queues, ...(chosen === undefined ? [] : [chosen])])].map((queue) => (
        <option key={queue} value={queue}>
          {queue}
        </option>
      ))}
    </select>
  )
}

/** What is typed becomes the filter a moment after the last letter; a filter that was chosen otherwise becomes the text. */
function useTyped({ states, ...rest }: ListFilter, choose: Props['choose']) {
  const written = filterText(rest)
  const [text, setText] = useState(written)
  const [problems, setProblems] = useState<readonly string[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>()
  const typed = useRef(written)
  useEffect(() => {
    if (written === typed.current) return
    typed.current = written
    setText(written)
    setProblems([])
  }, [written])
  useEffect(() => () => clearTimeout(timer.current), [])
  const apply = (value: string) => {
    clearTimeout(timer.current)
    const read = filterFromText(value)
    setProblems(read.problems)
    if (read.problems.length > 0) return
    const { states: typedStates, ...others } = read.filter
    typed.current = filterText(others)
    const chosen = typedStates ?? states
    choose({ ...others, ...(chosen !== undefined && { states: chosen }) }, true)
  }
  const type = (value: string) => {
    setText(value)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => apply(value), typingMs)
  }
  return { text, problems, type, apply }
}
