import { type Option } from './option.ts'

/** The processes of the command line. */
export const processOptions = {
  processes: {
    kind: 'count',
    flag: 'processes',
    argument: 'N',
    default: 1,
    help: 'worker processes; auto: one for each core that this process may use',
    allowed: 'an integer from 1 to 256, or auto',
  },
  supervisor: {
    kind: 'switch',
    flag: 'supervisor',
    default: true,
    help: 'work in a process of its own, which is restarted when it crashes',
    helpOff: 'work in this very process, which nothing restarts',
    allowed: 'true or false',
  },
  control: {
    kind: 'text',
    flag: 'control',
    argument: 'PATH',
    help: 'where the supervisor listens for `fiber-work reload`; by default in a folder of its user, by working folder and pid',
    allowed: 'the path of a socket, at most 100 bytes long',
  },
  watchConfig: {
    kind: 'switch',
    flag: 'watch-config',
    default: false,
    help: 'reload when the config file changes',
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
