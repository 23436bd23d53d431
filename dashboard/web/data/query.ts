import { useSearchParams } from 'wouter-preact'

/** One parameter of the URL as state: what is chosen can be sent to somebody, and the way back leads to it. Empty is absent. */
export function useQueryState(name: string): [value: string, set: (value: string) => void] {
  const [params, setParams] = useSearchParams()
  const set = (value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        if (value === '') after.delete(name)
        else after.set(name, value)
        return after
      },
      { replace: true },
    )
  return [params.get(name) ?? '', set]
}
