import { createInterface } from 'node:readline/promises'
import { FiberWorkError } from '../contract/errors.ts'
import { exitCodes } from './exit-codes.ts'

/** A question for a yes or no, on stderr. Throws `FW_CONFIG_INVALID` where nobody can answer: `--yes` is meant for that. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `There is no terminal to ask on: ${question} Say --yes if that is meant.`,
    )
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  asking.on('SIGINT', () => {
    process.stderr.write('\n')
    process.exit(exitCodes.interrupted.code)
  })
  try {
    return /^y(?:es)?$/i.test((await asking.question(`${question} [y/N] `)).trim())
  } finally {
    asking.close()
  }
}
