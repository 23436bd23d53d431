import type { Output } from './output.ts'
import { showCount, showIso } from './time.ts'

/** How far a search has come. */
export interface Reading {
  /** Jobs that were looked at. */
  read: number
  /** When the last of them was enqueued, ISO 8601. */
  readTo?: string
}

/** `read 60,000 jobs, back to 2026-11-29 …` */
export function readingText({ read, readTo }: Reading): string {
  return `read ${showCount(read)} jobs${readTo === undefined ? '' : `, back to ${showIso(readTo)}`}`
}

/** The same on one line of stderr while it lasts: only where stderr is a terminal. */
export function showReading(output: Output): { set(reading: Reading): void; end(): void } {
  const { stderr } = process
  if (!stderr.isTTY || output.json) return { set() {}, end() {} }
  return {
    set: (reading) => void stderr.write(`\r\x1b[2K${readingText(reading)}`),
    end: () => void stderr.write('\r\x1b[2K'),
  }
}
