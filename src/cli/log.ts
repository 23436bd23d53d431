import { systemEnv } from '../base/env.ts'
import { plain } from '../base/text.ts'
import type { Settings } from '../config/options.ts'
import { type Log, startLog } from '../observe/log/log.ts'

/** The log of a worker's or a supervisor's process, on stderr. */
export interface ProcessLog extends Log {
  /** A line that is always written, whatever the level: the start, the end, a restart. */
  say(text: string): void
  /** Something else has the terminal: lines for it are dropped until it is given back. */
  hush(quiet: boolean): void
}

export async function openLog({ logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>): Promise<ProcessLog> {
  const { stderr } = process
  const format = logFormat === 'auto' ? (stderr.isTTY ? 'text' : 'json') : logFormat
  let quiet = false
  const write = (line: string) => {
    if (!quiet || !stderr.isTTY) stderr.write(line)
  }
  const log = await startLog({ env: systemEnv, level: logLevel, format, write, colours: coloursOf(stderr) })
  return {
    ...log,
    hush: (on) => (quiet = on),
    say(text) {
      if (format === 'text') write(`${plain(text)}\n`)
      else
        write(
          `${JSON.stringify({ level: 'info', time: new Date(systemEnv.nowMs()).toISOString(), pid: process.pid, msg: plain(text) })}\n`,
        )
    },
  }
}

function coloursOf(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['NO_COLOR'] === undefined && stream.hasColors()
}
