import { systemEnv } from '../base/env.ts'
import { plain } from '../base/text.ts'
import type { Settings } from '../config/options.ts'
import { levelsByName } from '../observe/log/levels.ts'
import { type Log, startLog } from '../observe/log/log.ts'

/** The log of a worker's or a supervisor's process, on stderr. */
export interface ProcessLog extends Log {
  /** A line that is always written, whatever the level: the start, the end, a restart. */
  say(text: string): void
  /** Something else has the terminal: lines for it are dropped until it is given back. */
  hush(quiet: boolean): void
}

type LogSettings = Pick<Settings, 'logLevel' | 'logLevels' | 'logFormat'>

export async function openLog({ logLevel, logLevels, logFormat }: LogSettings): Promise<ProcessLog> {
  const { stderr } = process
  const format = logFormat === 'auto' ? (stderr.isTTY ? 'text' : 'json') : logFormat
  let quiet = false
  const write = (line: string) => {
    if (!quiet || !stderr.isTTY) stderr.write(line)
  }
  const levels = levelsByName(logLevels)
  const colours = coloursOf(stderr)
  const log = await startLog({ env: systemEnv, level: logLevel, levels, format, write, colours })
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
