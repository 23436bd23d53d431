/** Calls it off. */
export type CallOff = () => void

/**
 * Does something in so many milliseconds, or, where nobody sees the page then (another tab is in front, the phone lies in a pocket), as soon as
 * somebody does: what nobody looks at is not asked for.
 */
export function whenSeen(ms: number, act: () => void): CallOff {
  const hear = () => {
    if (document.visibilityState !== 'visible') return
    document.removeEventListener('visibilitychange', hear)
    act()
  }
  const timer = setTimeout(() => {
    document.addEventListener('visibilitychange', hear)
    hear()
  }, ms)
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', hear)
  }
}
