import { parseDuration } from '../base/duration.ts'
import type { OptionKind } from './options.ts'

const switches: Record<string, boolean> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false,
}

/** The text of a flag or a variable as a value of its kind; what cannot be read stays as it is, for the schema to refuse. */
export const readText: Record<OptionKind, (text: string) => unknown> = {
  text: (text) => text,
  list: (text) => splitList(text),
  count: (text) => (/^\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : text),
  duration: (text) => {
    try {
      return parseDuration(text)
    } catch {
      return text
    }
  },
  switch: (text) => switches[text.toLowerCase()] ?? text,
}

/** By commas, those inside of braces aside: `a.ts,b/*.{js,ts}` are two. */
function splitList(text: string): string[] {
  const items = text.match(/(?:\{[^{}]*\}|[^,])+/g) ?? []
  return items.map((item) => item.trim()).filter((item) => item !== '')
}
