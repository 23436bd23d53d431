import type { Output } from './output.ts'
import { showCount } from './time.ts'

export interface Progress {
  set(done: number): void
  /** Takes the line away again. */
  end(): void
}

/** How far a long command is, on one line of stderr: only where stderr is a terminal. */
export function showProgress(output: Output, unit: string, total?: number): Progress {
  const { stderr } = process
  if (!stderr.isTTY || output.json) return { set() {}, end() {} }
  const width = 30
  return {
    set(done) {
      const share = total === undefined || total === 0 ? 0 : Math.min(1, done / total)
      const filled = Math.round(share * width)
      const bar = total === undefined ? '' : `${'█'.repeat(filled)}${'░'.repeat(width - filled)} `
      stderr.write(`\r\x1b[2K${bar}${showCount(done)}${total === undefined ? '' : ` of ${showCount(total)}`} ${unit}`)
    },
    end: () => void stderr.write('\r\x1b[2K'),
  }
}
