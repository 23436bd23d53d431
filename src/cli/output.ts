import { styleText } from 'node:util'
import { plain } from '../base/text.ts'
import type { Finding } from '../contract/finding.ts'

export type Format = Parameters<typeof styleText>[0]

/** The options that every command has. */
export interface OutputOptions {
  json?: boolean
  verbose?: boolean
}

/** How a command speaks: its one answer on stdout, everything else on stderr. */
export interface Output {
  /** `--json`: stdout gets one JSON document and nothing else. */
  readonly json: boolean
  /** `--verbose`: errors show their stacks. */
  readonly verbose: boolean
  /** True once the answer is given. */
  readonly answered: boolean
  /** The command's answer, once: the data with `--json`, else the text. Text from outside must have gone through `plain` or `table`. */
  answer(data: unknown, text: string | (() => string)): void
  /** A part of an answer that comes piece by piece, on stdout; resolves when there is room for more, and with false when nobody reads any more. */
  piece(text: string): Promise<boolean>
  /** A line (or several) for people, on stderr. Made plain, then coloured. */
  note(text: string, format?: Format): void
  /** Something that should not be so, and does not stop the command. */
  warn(text: string): void
}

/** Of the command that runs: whoever reports its error makes an `Output` of his own. */
let answered = false

/** Another command begins. */
export function beginAnswer(): void {
  answered = false
}

export function outputOf({ json = false, verbose = false }: OutputOptions): Output {
  let given = false
  return {
    json,
    verbose,
    get answered() {
      return answered
    },
    answer(data, text) {
      if (given) throw new Error('a command answers once')
      answered = given = true
      const shown = json ? steerless(JSON.stringify(data, undefined, 2)) : typeof text === 'function' ? text() : text
      if (shown !== '') process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`)
    },
    piece(text) {
      answered = true
      const { stdout } = process
      if (stdout.destroyed || stdout.writableEnded) return Promise.resolve(false)
      if (stdout.write(text) !== false) return Promise.resolve(true)
      return new Promise((resolve) => {
        const end = (goesOn: boolean) => () => {
          stdout.off('drain', drained).off('close', closed).off('error', closed)
          resolve(goesOn)
        }
        const [drained, closed] = [end(true), end(false)]
        stdout.once('drain', drained).once('close', closed).once('error', closed)
      })
    },
    note: (text, format) => writeLines(text, format),
    warn: (text) => writeLines(`warning: ${text}`, 'yellow'),
  }
}

/** JSON writes the control characters of C0 as escapes; those of C1, which terminals obey too, it leaves. */
export function steerless(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)
}

function writeLines(text: string, format: Format | undefined): void {
  const lines = text.split('\n').map(plain).join('\n')
  process.stderr.write(`${format === undefined ? lines : paint(format, lines, process.stderr)}\n`)
}

/** Coloured where the stream is a terminal and nobody minds (`NO_COLOR`, `FORCE_COLOR`). */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream, validateStream: true })
}

const marks: Record<Finding['state'], [string, Format]> = {
  ok: ['ok  ', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
}

/** One finding of a check, on a line. */
export function findingLine({ name, state, text }: Finding): string {
  const [mark, format] = marks[state]
  return `${paint(format, mark)} ${paint('bold', name.padEnd(10))} ${text}`
}
