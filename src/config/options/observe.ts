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
  redact: {
    kind: 'list',
    flag: 'redact',
    argument: 'NAME',
    help: 'hide what stands under this key in inputs, logs and errors, beside passwords, tokens and the like; several times',
    allowed: 'a list of up to 256 names of keys with a letter or a digit in each, for example taxId',
  },
  history: {
    kind: 'switch',
    flag: 'history',
    help: 'write down what happens, minute by minute, for charts (by default where the store can)',
    helpOff: 'do not write down what happens, minute by minute, for charts',
    allowed: 'true or false',
  },
} as const satisfies Record<string, Option>
