import { useState } from 'preact/hooks'
import { ApiError } from '../../../src/client.ts'
import { signIn } from '../data/sign.ts'

/** Stands in front of every page: after it one is where one wanted to go, or was when the session ended. */
export function Login({ expired }: { expired: boolean }) {
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token')
    setBusy(true)
    setError(undefined)
    try {
      await signIn(String(token).trim())
    } catch (thrown) {
      setError(wordsFor(thrown))
      setBusy(false)
    }
  }
  return (
    <main class="login">
      <form class="login-form" onSubmit={(event) => void submit(event)}>
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 3 29 16 16 29 3 16Z" />
        </svg>
        <h1>fiber-work</h1>
        {expired && <p class="note note-watch">Your session has ended. Log in, and you are back where you were.</p>}
        <label class="field">
          Token
          <input
            name="token"
            type="password"
            autoComplete="current-password"
            required
            autoFocus
            aria-invalid={error !== undefined}
          />
        </label>
        {error !== undefined && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="button button-main" disabled={isBusy}>
          Log in
        </button>
        <p class="faint">
          An admin makes tokens: <code>POST /v1/tokens</code>, or the config file.
        </p>
      </form>
    </main>
  )
}

function wordsFor(error: unknown): string {
  if (error instanceof ApiError && error.status === 401)
    return 'Nobody has this token. Check that it is whole, and that it has not expired.'
  return error instanceof Error ? error.message : String(error)
}
