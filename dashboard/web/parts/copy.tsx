import { toast } from './toast.tsx'

/** Puts a text into the clipboard. */
export function Copy({ text, what }: { text: string; what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      toast(`Copied ${what}.`)
    } catch {
      toast(`The browser lets nothing be copied here. The ${what}: ${text}`, 'failed')
    }
  }
  return (
    <button
      type="button"
      class="icon-button copy"
      title={`Copy ${what}`}
      aria-label={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <svg class="copy-mark" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" />
      </svg>
    </button>
  )
}
