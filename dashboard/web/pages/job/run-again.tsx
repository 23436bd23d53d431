import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { ApiError, type JobView } from '../../../../src/client.ts'
import { issuesIn, type JsonSchema } from '../../../model/form.ts'
import { inputEdit } from '../../../model/input-edit.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useEditor } from '../../parts/form/editor.ts'
import { InputEditor } from '../../parts/form/input-editor.tsx'
import { toast } from '../../parts/toast.tsx'
import { jobHref } from '../jobs/filter-state.ts'

/** A new job like this one, its input as it was or edited. */
export function RunAgain({ job, close }: { job: JobView; close: () => void }) {
  const definitions = useResource(() => api.jobs.definitions(), ['definitions'])
  return (
    <Dialog title={`Run ${job.name} again`} close={close}>
      <Answer of={definitions} what="the schema">
        {(all) => {
          const definition = all.find(({ name, queue }) => name === job.name && queue === job.queue)
          return <Form job={job} schema={definition?.inputSchema} close={close} />
        }}
      </Answer>
    </Dialog>
  )
}

function Form({ job, schema, close }: { job: JobView; schema: JsonSchema | undefined; close: () => void }) {
  const editor = useEditor(schema, job.input)
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const [, navigate] = useLocation()
  const isReadable = job.encrypted === undefined && job.damage === undefined
  const submit = async () => {
    setProblem(undefined)
    const edit = isReadable ? editOf() : {}
    if (edit === undefined) return
    if ('problem' in edit) return setProblem(String(edit.problem))
    setBusy(true)
    try {
      const made = await api.jobs.rerun(job.id, edit)
      toast(
        made.outcome === 'duplicate'
          ? 'A job with its unique key is there already: this is it.'
          : 'It is enqueued as a new job.',
      )
      close()
      navigate(jobHref(made.id))
    } catch (error) {
      const issues = error instanceof ApiError ? issuesIn(error.message) : []
      if (issues.length > 0) editor.tell(issues)
      else setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  const editOf = () => {
    // Nothing was changed: it is sent as it was stored, whatever a form would make of it.
    const read = editor.read()
    return read === undefined ? undefined : inputEdit(job.input, read.input)
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {isReadable ? (
        <InputEditor editor={editor} />
      ) : (
        <p class="amber">Its input cannot be shown here. It is run again as it was.</p>
      )}
      <p class="field-hint">
        Queue, group, priority and tags are those of this job.
        {job.payloads === 'masked' && ' Secrets that are not shown stay as they were.'}
      </p>
      {problem !== undefined && (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
      <div class="form-buttons">
        <button type="button" class="button" onClick={close}>
          Leave it
        </button>
        <button type="submit" class="button button-main" disabled={isBusy}>
          Run again
        </button>
      </div>
    </form>
  )
}
