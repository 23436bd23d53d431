import { type Option } from './option.ts'

/** What is told of all this. */
export const observeOptions = {
  logLevel: {
    kind: 'text',
    flag: 'log-level',
    argument: 'LEVEL',
    default: 'info',
    help: 'debug, info, warn, error or silent',
    allowed: 'debug, info, warn, error or silent',
  },
  logFormat: {
    kind: 'text',
    flag: 'log-format',
    argument: 'FORMAT',
    default: 'auto',
    help: 'json, text, or auto: text on a terminal',
    allowed: 'json, text or auto',
  },
  history: {
    kind: 'switch',
    flag: 'history',
    help: 'write down what happens, minute by minute, for charts (by default where the store can)',
    helpOff: 'do not write down what happens, minute by minute, for charts',
    allowed: 'true or false',
  },
} as const satisfies Record<string, Option>
