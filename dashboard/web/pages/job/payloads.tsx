import { useState } from 'preact/hooks'
import type { JobView } from '../../../../src/client.ts'
import { terminalStates } from '../../../../src/contract/job.ts'
import { api } from '../../data/api.ts'
import { may } from '../../data/session.ts'
import { Json } from '../../parts/json.tsx'
import { act } from '../../parts/toast.tsx'

/** What the job was given and what it has answered, as far as one may see it. */
export function Payloads({ job }: { job: JobView }) {
  const [revealed, setRevealed] = useState<JobView>()
  if (job.payloads === 'hidden') {
    return <p class="note">Inputs, results, headers and logs are not shown to the role read.</p>
  }
  // The result comes later than the input: of what was revealed only the same state is still true.
  const shown = revealed !== undefined && revealed.state === job.state ? revealed : job
  const reveal = () =>
    act(
      async () => setRevealed(await api.jobs.get(job.id, { reveal: true })),
      'Secrets are shown. The audit log says so.',
    )
  return (
    <>
      {may('manage') && shown.payloads === 'masked' && (
        <p class="faint">
          Secrets are left out.{' '}
          <button type="button" class="link-button" onClick={() => void reveal()}>
            Show them
          </button>
          : the audit log will say so.
        </p>
      )}
      <div class="job-columns job-columns-even">
        <section class="panel" aria-labelledby="input">
          <h2 id="input">Input</h2>
          <div class="box">
            <Input job={shown} />
          </div>
        </section>
        <section class="panel" aria-labelledby="result">
          <h2 id="result">Result</h2>
          <div class="box">
            {shown.result !== undefined ? (
              <Json value={shown.result} what="the result" />
            ) : (
              <p class="faint">
                {shown.state === 'done' ? 'It answered nothing.' : ended(shown) ? 'It ended without one.' : 'None yet.'}
              </p>
            )}
          </div>
        </section>
      </div>
    </>
  )
}

function ended({ state }: JobView): boolean {
  return (terminalStates as readonly string[]).includes(state)
}

function Input({ job: { input, encrypted, damage } }: { job: JobView }) {
  if (damage !== undefined) return <p class="amber">It cannot be read: {damage}</p>
  if (encrypted !== undefined)
    return <p class="amber">It is encrypted with the key {encrypted}, which is not known here.</p>
  if (input === undefined) return <p class="faint">It was given nothing.</p>
  return <Json value={input} what="the input" />
}
