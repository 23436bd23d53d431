import { useEffect, useState } from 'preact/hooks'

/** Long enough to finish a word. */
export const typingMs = 350

/** What is typed, a moment after the last letter: not each of them is a question to the API. */
export function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    if (value === settled) return
    const timer = setTimeout(() => setSettled(value), typingMs)
    return () => clearTimeout(timer)
  }, [value, settled])
  return settled
}
