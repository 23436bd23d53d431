import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'

/** Which rows of a long table stand in the document, and the room of those that do not, in pixels. */
export interface Shown {
  first: number
  /** The last one, itself. */
  last: number
  beforePx: number
  afterPx: number
}

const overscan = 12

/** Of `count` rows of one height, those that are in sight while the page scrolls. `body`: where the rows begin. */
export function useVirtual(body: RefObject<HTMLElement>, count: number, heightPx: number): Shown {
  const [, redraw] = useState(0)
  const [scrollMargin, setMargin] = useState(0)
  const [virtualizer] = useState(() => new Virtualizer<Window, Element>(options(0, heightPx, 0, () => undefined)))
  virtualizer.setOptions(options(count, heightPx, scrollMargin, () => redraw((turn) => turn + 1)))
  useEffect(() => virtualizer._didMount(), [])
  useEffect(() => virtualizer.measure(), [heightPx])
  useLayoutEffect(() => {
    virtualizer._willUpdate()
    const top = body.current === null ? 0 : body.current.getBoundingClientRect().top + scrollY
    if (Math.abs(top - scrollMargin) > 1) setMargin(top)
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? -1
  return { first, last, beforePx: first * heightPx, afterPx: Math.max(0, count - 1 - last) * heightPx }
}

function options(count: number, heightPx: number, scrollMargin: number, onChange: () => void) {
  return {
    count,
    scrollMargin,
    overscan,
    onChange,
    getScrollElement: () => window,
    estimateSize: () => heightPx,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
  }
}
