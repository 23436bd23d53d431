import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { paletteMatches } from '../../model/palette.ts'
import { useResource } from '../data/resource.ts'
import { type Command, commandsOf, jobCommand, readWorld } from './commands.ts'

/** Ctrl-K, ⌘-K: go anywhere and do most things by typing a few letters. */
export function Palette() {
  const [isOpen, setOpen] = useState(false)
  useLayoutEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
      event.preventDefault()
      // What is in front keeps the page: one thing after the other.
      if (document.querySelector('dialog[open]:not(.palette)') === null) setOpen((before) => !before)
    }
    const open = () => setOpen(true)
    document.addEventListener('keydown', hear)
    addEventListener(openPaletteEvent, open)
    return () => {
      document.removeEventListener('keydown', hear)
      removeEventListener(openPaletteEvent, open)
    }
  }, [])
  return isOpen ? <Inside close={() => setOpen(false)} /> : null
}

const openPaletteEvent = 'fiber-work-palette'

export function openPalette(): void {
  dispatchEvent(new Event(openPaletteEvent))
}

function Inside({ close }: { close: () => void }) {
  const element = useRef<HTMLDialogElement>(null)
  const [, navigate] = useLocation()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const world = useResource(readWorld, ['palette'])
  // Before the browser paints: the next key is already its own.
  useLayoutEffect(() => {
    const before = document.activeElement
    element.current?.showModal()
    return () => before instanceof HTMLElement && before.focus()
  }, [])
  const job = jobCommand(typed)
  const found = [...(job === undefined ? [] : [job]), ...paletteMatches(commandsOf(world.state.value.value), typed)]
  const chosen = Math.min(at, found.length - 1)
  const run = (command: Command | undefined) => {
    if (command === undefined) return
    close()
    void command.run(navigate)
  }
  return (
    <dialog
      ref={element}
      class="dialog palette"
      aria-label="Go to, or do"
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onClick={(event) => event.target === element.current && close()}
    >
      <input
        class="palette-text"
        role="combobox"
        aria-label="Go to, or do"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length > 0 ? `palette-${chosen}` : undefined}
        placeholder="A page, a queue, a job's id, or what to do"
        autocomplete="off"
        spellcheck={false}
        autoFocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
          if (step !== undefined) setAt((chosen + step + found.length) % Math.max(1, found.length))
          else if (event.key === 'Enter') run(found[chosen])
          else return
          event.preventDefault()
        }}
      />
      <Found found={found} chosen={chosen} choose={setAt} run={run} />
      {found.length === 0 && <p class="palette-none faint">Nothing is called that.</p>}
    </dialog>
  )
}

interface FoundProps {
  found: readonly Command[]
  chosen: number
  choose: (at: number) => void
  run: (command: Command) => void
}

function Found({ found, chosen, choose, run }: FoundProps) {
  return (
    <ul id="palette-list" class="palette-list" role="listbox" aria-label="What was found">
      {found.map((command, index) => (
        <li
          key={command.title}
          id={`palette-${index}`}
          class="palette-item"
          role="option"
          aria-selected={index === chosen}
          onClick={() => run(command)}
          onMouseMove={() => choose(index)}
        >
          <span class="palette-title">{command.title}</span>
          {command.hint !== undefined && <span class="faint palette-hint">{command.hint}</span>}
        </li>
      ))}
    </ul>
  )
}
