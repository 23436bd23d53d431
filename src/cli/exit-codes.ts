import { defaults } from '../base/defaults.ts'
import { ApiError } from '../api/client/error.ts'
import { isFiberWorkError } from '../contract/errors.ts'

/** Every way in which a `fiber-work` process ends by itself. API: docs/cli.md has the table, and a test holds it to this one. */
export const exitCodes = {
  ok: { code: 0, meaning: 'Done; a worker: drained, nothing lost, no attempt burned.', supervisor: 'ends with 0' },
  failed: {
    code: 1,
    meaning: 'The command failed, or its verdict is bad (`doctor`, `stress`).',
    supervisor: 'restarts the worker, if it had been up',
  },
  badInput: {
    code: 65,
    meaning: 'What was given for a job, or to an operation, is not valid: a name, an input, an option.',
    supervisor: 'ends with 65',
  },
  unavailable: {
    code: 69,
    meaning: 'The store, or the API of `--api`, cannot be reached or used.',
    supervisor:
      'ends with 69 at the first start (with `--http` a store that is away is waited for); restarts the worker once it had been up',
  },
  condemned: {
    code: 70,
    meaning: 'An exception that nobody caught: the worker has drained and must be started anew.',
    supervisor: 'restarts the worker',
  },
  stalled: {
    code: defaults.stalledExitCode,
    meaning:
      'The event loop was blocked for longer than `--stall-max`; native code that cannot be left is killed (SIGKILL).',
    supervisor: 'restarts the worker',
  },
  refused: {
    code: 77,
    meaning: 'The API wants a token, or this one may not do that.',
    supervisor: '(no worker ends so)',
  },
  config: {
    code: 78,
    meaning: 'A flag, a variable, the config file or a job file is wrong.',
    supervisor: 'ends with 78 at the first start; starts the worker anew once it had been up',
  },
  interrupted: {
    code: 130,
    meaning: 'Ctrl-C while it asked or waited; a worker: the third signal.',
    supervisor: 'ends with 130',
  },
} as const

const badInput = new Set([
  'FW_API_IDEMPOTENCY',
  'FW_API_INVALID',
  'FW_API_TOO_LARGE',
  'FW_BODY_TOO_LARGE',
  'FW_INPUT_INVALID',
  'FW_INPUT_NOT_JSON',
  'FW_JOB_INVALID',
  'FW_NAME_INVALID',
  'FW_SCHEDULE_INVALID',
])
const unavailable = new Set([
  'FW_API_STARTING',
  'FW_API_UNREACHABLE',
  'FW_CALL_TIMEOUT',
  'FW_CONNECT_FAILED',
  'FW_STORE_CORRUPT',
  'FW_STORE_FAILED',
  'FW_STORE_FULL',
  'FW_STORE_NEWER',
  'FW_STORE_READONLY',
])
const refused = new Set(['FW_API_FORBIDDEN', 'FW_API_UNAUTHENTICATED'])
const config = new Set([
  'FW_CONFIG_INVALID',
  'FW_CONFIG_UNREADABLE',
  'FW_DRIVER_MISSING',
  'FW_DRIVER_TRAIT',
  'FW_NODE_TOO_OLD',
  'FW_PACKAGE_MISSING',
])

/** The exit code that an error of a command ends with. */
export function exitCodeOf(error: unknown): number {
  const code = isFiberWorkError(error) || error instanceof ApiError ? error.code : ''
  if (badInput.has(code)) return exitCodes.badInput.code
  if (unavailable.has(code)) return exitCodes.unavailable.code
  if (refused.has(code)) return exitCodes.refused.code
  return config.has(code) ? exitCodes.config.code : exitCodes.failed.code
}
