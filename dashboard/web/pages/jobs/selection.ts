import { useState } from 'preact/hooks'

export interface Selection {
  ids: ReadonlySet<string>
  has: (id: string) => boolean
  /** `isRange`: all between the one before and this one too. */
  toggle: (id: string, isRange: boolean) => void
  all: boolean
  toggleAll: () => void
  clear: () => void
}

/** Which of the rows are chosen. */
export function useSelection(rows: readonly { id: string }[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [last, setLast] = useState<string>()
  const all = rows.length > 0 && rows.every(({ id }) => ids.has(id))
  return {
    ids,
    has: (id) => ids.has(id),
    toggle(id, isRange) {
      const next = new Set(ids)
      const isOn = !ids.has(id)
      for (const one of isRange && last !== undefined ? between(rows, last, id) : [id]) {
        if (isOn) next.add(one)
        else next.delete(one)
      }
      setLast(id)
      setIds(next)
    },
    all,
    toggleAll: () => setIds(new Set(all ? [] : rows.map(({ id }) => id))),
    clear: () => setIds(new Set()),
  }
}

function between(rows: readonly { id: string }[], one: string, other: string): string[] {
  const places = [one, other].map((wanted) => rows.findIndex(({ id }) => id === wanted))
  if (places.includes(-1)) return [other]
  return rows.slice(Math.min(...places), Math.max(...places) + 1).map(({ id }) => id)
}
