import { signal } from '@preact/signals'

/** The time, once a second: whatever says "3 s ago" on the page moves together. */
export const nowMs = signal(Date.now())

setInterval(() => {
  if (document.visibilityState === 'visible') nowMs.value = Date.now()
}, 1_000)
