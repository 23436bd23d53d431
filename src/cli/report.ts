import { redactText } from '../base/redact.ts'
import { plain } from '../base/text.ts'
import { errorCodes, isFiberWorkError } from '../contract/errors.ts'
import { exitCodeOf } from './exit-codes.ts'
import { type Output, paint } from './output.ts'

/**
 * One block on stderr: `error FW_X: what happened`, and below it what to do; the stack only with `--verbose`. With `--json`
 * stdout gets `{ "error": { code, message, remedy } }` if the command had not answered yet. Answers the exit code.
 */
export function reportError(output: Output, error: unknown): number {
  const told = errorOf(error)
  printError(told)
  if (output.verbose) process.stderr.write(`${stacksOf(error)}\n`)
  if (output.json && !output.answered) output.answer({ error: told }, '')
  return exitCodeOf(error)
}

/** An error without its secrets, as it travels from process to process. */
export interface ErrorTold {
  code: string | undefined
  message: string
  remedy: string
}

/** The block on stderr. */
export function printError({ code, message, remedy }: ErrorTold): void {
  const lines = message.split('\n').map(plain)
  const head = `${paint(['bold', 'red'], `error${code === undefined ? '' : ` ${code}`}:`, process.stderr)} ${lines.join('\n  ')}`
  // Where the message says everything, a remedy that points at the message says nothing.
  const tail = remedy.startsWith('The message') ? '' : `  ${plain(remedy)}\n`
  process.stderr.write(`${head}\n${tail}`)
}

/** An error as data, without secrets. */
export function errorOf(error: unknown): ErrorTold {
  const ours = isFiberWorkError(error)
  const message = redactText(error instanceof Error ? error.message : String(error))
  const remedy = ours
    ? errorCodes[error.code].remedy
    : 'This is not an error of yours: run it with --verbose and report what it says.'
  return { code: ours ? error.code : undefined, message, remedy }
}

function stacksOf(error: unknown): string {
  const stacks: string[] = []
  for (
    let cause = error;
    cause !== undefined && stacks.length < 5;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    stacks.push(redactText(text).split('\n').map(plain).join('\n'))
  }
  return stacks.join('\nCaused by: ')
}
