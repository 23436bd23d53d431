import type { Slot } from './doors/api.ts'
import { type Asking, percent } from './doors/http.ts'
import { labelOf } from './expand.ts'
import { cursors } from './families/ids.ts'
import { notTexts } from './families/names.ts'

export interface Asked {
  what: string
  asking: Asking
}

/** A path that no server takes is a matter of F8. */
const pathCharsMax = 60_000
const mark = '\u0001the place'
const whole = process.env['FIBER_WORK_CORPUS'] === 'whole'

/** Each text in every `one`th of the slots, so that each slot and each text has its turn; FIBER_WORK_CORPUS=whole: in all of them. */
export function asksOf(texts: readonly string[], slots: readonly Slot[], one: number): Asked[] {
  return slots.flatMap((slot, at) =>
    texts
      .filter((_, index) => whole || (at + index) % one === 0)
      .map((text) => ({ what: `${slot.at} ${labelOf(text)}`, asking: slot.ask(text) }))
      .filter(({ asking }) => asking.path.length <= pathCharsMax),
  )
}

/** Each value that is no text in each slot that takes JSON. */
export function notTextAsksOf(slots: readonly Slot[]): Asked[] {
  const quoted = JSON.stringify(mark)
  return slots.flatMap((slot) => {
    const { body, ...asking } = slot.ask(mark)
    if (typeof body !== 'string' || !body.includes(quoted) || body.includes(`${quoted}:`)) return []
    return notTexts.map((value) => ({
      what: `${slot.at} ${labelOf(value)}`,
      asking: { ...asking, body: body.replaceAll(quoted, JSON.stringify(value)) },
    }))
  })
}

/** What is no cursor is refused, whatever else is asked for. */
export const cursorAsks: readonly Asked[] = cursors.flatMap((cursor) =>
  ['', '&state=dead', '&queue=q', '&group=g', '&idPrefix=i'].map((filter) => ({
    what: `cursor ${labelOf(cursor)}${filter}`,
    asking: { method: 'GET', path: `/v1/jobs?limit=1&cursor=${percent(cursor)}${filter}` },
    check: ({ status }: { status: number }) => {
      if (status !== 400) throw new Error(`${status}, and not 400`)
    },
  })),
)
