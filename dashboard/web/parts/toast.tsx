import { signal } from '@preact/signals'

interface ToastText {
  id: number
  text: string
  kind: 'done' | 'failed'
}

const toasts = signal<readonly ToastText[]>([])
const shownMs = { done: 5_000, failed: 12_000 }
let last = 0

/** Say in a corner what came of an action, for some seconds. */
export function toast(text: string, kind: ToastText['kind'] = 'done'): void {
  const id = ++last
  toasts.value = [...toasts.value.slice(-3), { id, text, kind }]
  setTimeout(() => close(id), shownMs[kind])
}

/** Do something, and say what came of it. Answers whether it went well. */
export async function act(what: () => Promise<unknown>, done: string | (() => string)): Promise<boolean> {
  try {
    await what()
    toast(typeof done === 'string' ? done : done())
    return true
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'failed')
    return false
  }
}

function close(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}

export function Toasts() {
  return (
    <div class="toasts" aria-live="polite">
      {toasts.value.map(({ id, text, kind }) => (
        <div key={id} class={`toast toast-${kind}`} role={kind === 'failed' ? 'alert' : 'status'}>
          <span>{text}</span>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => close(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  )
}
