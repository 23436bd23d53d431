import { useState } from 'preact/hooks'
import { useLocation, useSearch } from 'wouter-preact'
import { ApiError, type DefinitionView, type Submission } from '../../../../src/client.ts'
import { issuesIn } from '../../../model/form.ts'
import { parsedDuration } from '../../../model/short-duration.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { useEditor } from '../../parts/form/editor.ts'
import { InputEditor } from '../../parts/form/input-editor.tsx'
import { Empty } from '../../parts/notes.tsx'
import { toast } from '../../parts/toast.tsx'
import { jobHref } from '../jobs/filter-state.ts'
import { type OptionTexts, Options } from './options.tsx'

/** Enqueue a job, through a form made from the schema of its input. */
export function Submit() {
  const definitions = useResource(() => api.jobs.definitions(), ['definitions'])
  return (
    <>
      <h1>Submit a job</h1>
      <Answer of={definitions} what="the definitions">
        {(all) => (all.length === 0 ? <NoDefinitions /> : <Chosen all={all} />)}
      </Answer>
    </>
  )
}

function NoDefinitions() {
  return (
    <Empty title="No definition is known here.">
      The API knows those of the job files that it was started with: <code>--jobs</code>.
    </Empty>
  )
}

const keyOf = ({ name, queue }: DefinitionView) => `${queue}/${name}`

function Chosen({ all }: { all: readonly DefinitionView[] }) {
  const query = new URLSearchParams(useSearch())
  const [, navigate] = useLocation()
  const chosen =
    all.find((one) => one.name === query.get('name') && [null, one.queue].includes(query.get('queue'))) ?? all[0]!
  const choose = (key: string) => {
    const { name, queue } = all.find((one) => keyOf(one) === key)!
    navigate(`/submit?${new URLSearchParams({ name, queue }).toString()}`, { replace: true })
  }
  return (
    <div class="submit">
      <label class="field">
        Job
        <select value={keyOf(chosen)} onChange={(event) => choose(event.currentTarget.value)}>
          {all.map((one) => (
            <option key={keyOf(one)} value={keyOf(one)}>
              {one.name} ({one.queue})
            </option>
          ))}
        </select>
      </label>
      <Form key={keyOf(chosen)} definition={chosen} />
    </div>
  )
}

function Form({ definition }: { definition: DefinitionView }) {
  const editor = useEditor(definition.inputSchema, undefined)
  const [options, setOptions] = useState<OptionTexts>({ priority: '', delay: '', group: '', tags: '', id: '' })
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const [, navigate] = useLocation()
  const submit = async () => {
    setProblem(undefined)
    const read = definition.takesInput ? editor.read() : { input: undefined }
    if (read === undefined) return
    const submission = submissionOf(definition, read.input, options)
    if (typeof submission === 'string') return setProblem(submission)
    setBusy(true)
    try {
      const { id, outcome } = await api.jobs.submit(submission)
      const said = outcome === 'duplicate' ? 'Such a job is there already' : 'It is enqueued'
      // Who may only enqueue cannot look at it.
      toast(may('inspect') ? `${said}: this is it.` : `${said}: ${id}`)
      if (may('inspect')) navigate(jobHref(id))
      else setBusy(false)
    } catch (error) {
      const issues = error instanceof ApiError ? issuesIn(error.message) : []
      if (issues.length > 0) editor.tell(issues)
      else setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div class="box">
        {definition.takesInput ? <InputEditor editor={editor} /> : <p class="faint">It takes no input.</p>}
      </div>
      <Options definition={definition} texts={options} set={setOptions} />
      {problem !== undefined && (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
      <div class="form-buttons">
        <button type="submit" class="button button-main" disabled={isBusy}>
          Submit
        </button>
      </div>
    </form>
  )
}

/** A sentence where an option is wrong. */
function submissionOf({ name, queue }: DefinitionView, input: unknown, texts: OptionTexts): Submission | string {
  const { priority, delay, group, tags, id } = texts
  const delayMs = delay.trim() === '' ? undefined : parsedDuration(delay)
  if (delay.trim() !== '' && delayMs === undefined) return `"${delay}" is no delay: write it like 30s, 5m, 1h30m or 2d.`
  const tagList = tags.split(',').flatMap((tag) => tag.trim() || [])
  return {
    name,
    queue,
    ...(input !== undefined && { input }),
    ...(priority !== '' && { priority: Number(priority) }),
    ...(delayMs !== undefined && { delayMs }),
    ...(group.trim() !== '' && { group: group.trim() }),
    ...(tagList.length > 0 && { tags: tagList }),
    ...(id.trim() !== '' && { id: id.trim() }),
  }
}
