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
      ⧉
    </button>
  )
}
