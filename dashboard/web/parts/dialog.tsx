import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  title: string
  close: () => void
  children: ComponentChildren
}

/** In front of the page, with the focus kept inside; Esc and a click beside it close it. The element is the browser's own. */
export function Dialog({ title, close, children }: Props) {
  const element = useRef<HTMLDialogElement>(null)
  // Before the browser paints: the next key is already the dialog's.
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // Closed before it goes: the browser gives the focus back to where it was.
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onClick={(event) => event.target === element.current && close()}
    >
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={close}>
            ×
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

interface ConfirmProps {
  title: string
  /** What will happen. */
  children?: ComponentChildren
  /** What the button says: a verb. */
  yes: string
  danger?: boolean
  onYes: () => void
  close: () => void
}

export function Confirm({ title, children, yes, danger = false, onYes, close }: ConfirmProps) {
  return (
    <Dialog title={title} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          close()
          onYes()
        }}
      >
        {children}
        <div class="form-buttons">
          <button type="button" class="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class={`button ${danger ? 'button-danger' : 'button-main'}`} autoFocus>
            {yes}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
