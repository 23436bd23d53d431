import { type Option } from './option.ts'

/** The processes of the command line. */
export const processOptions = {
  processes: {
    kind: 'count',
    flag: 'processes',
    argument: 'N',
    default: 1,
    help: 'worker processes',
    allowed: 'an integer from 1 to 256',
  },
  supervisor: {
    kind: 'switch',
    flag: 'supervisor',
    default: true,
    help: 'work in a process of its own, which is restarted when it crashes',
    helpOff: 'work in this very process, which nothing restarts',
    allowed: 'true or false',
  },
  dashboard: {
    kind: 'switch',
    flag: 'dashboard',
    default: false,
    help: 'show the worker on this terminal',
    allowed: 'true or false',
  },
} as const satisfies Record<string, Option>
