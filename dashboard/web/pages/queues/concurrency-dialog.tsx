import { useState } from 'preact/hooks'
import { stepConcurrency } from '../../../model/concurrency.ts'
import { Dialog } from '../../parts/dialog.tsx'

interface Props {
  queue: string
  /** Undefined: there is no limit. */
  now: number | undefined
  set: (wanted: number | null) => Promise<void>
  close: () => void
}

export function ConcurrencyDialog({ queue, now, set, close }: Props) {
  const [text, setText] = useState(String(now ?? ''))
  const wanted = Number(text)
  const isWrong = text.trim() === '' || !Number.isInteger(wanted) || wanted < 0 || wanted > 1_000_000_000
  const done = (value: number | null) => {
    close()
    void set(value)
  }
  const step = (direction: 1 | -1) =>
    setText(String(stepConcurrency(isWrong ? (now ?? 1) : Math.max(wanted, 1), direction)))
  return (
    <Dialog title={`How many of ${queue} at once?`} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isWrong) done(wanted)
        }}
      >
        <p>Over all workers together. It holds at once; what runs goes on running. 0 lets none start.</p>
        <div class="stepper">
          <button type="button" class="button" aria-label="Less" onClick={() => step(-1)}>
            −
          </button>
          <input
            aria-label="Jobs at once"
            inputMode="numeric"
            value={text}
            autoFocus
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="button" class="button" aria-label="More" onClick={() => step(1)}>
            +
          </button>
        </div>
        <div class="form-buttons">
          {now !== undefined && (
            <button type="button" class="button" onClick={() => done(null)}>
              No limit
            </button>
          )}
          <button type="submit" class="button button-main" disabled={isWrong}>
            Set
          </button>
        </div>
      </form>
    </Dialog>
  )
}
