import { inBoth, type Kind, placed } from '../kind.ts'

const trapped = inBoth({ innocents: 'nothing', named: ['job.ended:FW_HANDLER_EXIT'], ends: 'dead' })
const answer = 'the call throws, and the job fails although it may catch that; the worker goes on'

const kinds: Kind[] = [
  {
    name: 'exit',
    about: 'calls `process.exit()`',
    class: 'contained',
    ...trapped,
    answer,
    act({ did }) {
      did('called')
      process.exit(1)
    },
  },
  {
    name: 'exit-caught',
    about: 'calls `process.exit()` inside `try {} catch {}`',
    class: 'contained',
    ...trapped,
    answer,
    act({ did }) {
      try {
        process.exit(1)
      } catch {
        did('caught')
      }
    },
  },
  {
    name: 'exit-later',
    about: 'calls `process.exit()` in a timer, inside `try {} catch {}`',
    class: 'contained',
    ...trapped,
    answer,
    act: async ({ did }) =>
      new Promise<void>((resolve) =>
        setTimeout(() => {
          try {
            process.exit(1)
          } catch {
            did('caught')
          }
          resolve()
        }, 5),
      ),
  },
  {
    name: 'kill-self',
    about: 'calls `process.kill(process.pid)`',
    class: 'contained',
    ...trapped,
    answer,
    act({ did }) {
      did('called')
      process.kill(process.pid, 'SIGKILL')
    },
  },
  {
    name: 'abort',
    about: 'calls `process.abort()`',
    class: 'contained',
    ...trapped,
    answer,
    act({ did }) {
      did('called')
      process.abort()
    },
  },
]

export const exitKinds = placed(import.meta.filename, kinds)
