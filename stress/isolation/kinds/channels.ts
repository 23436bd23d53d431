import { channel } from 'node:diagnostics_channel'
import { type Kind, placed } from '../kind.ts'

const kinds: Kind[] = [
  {
    name: 'channels',
    about: 'takes the subscribers off our diagnostics channels, through what Node keeps inside',
    class: 'uncontained',
    production: { innocents: 'disturbed', named: [], ends: 'done' },
    strict: { innocents: 'disturbed', named: [], ends: 'done' },
    thread: { innocents: 'nothing', named: [], ends: 'done' },
    answer: "jobs go on, logs and figures of the process end; only by reaching into Node's insides",
    act({ did }) {
      const target = channel('fiber-work:job.log') as unknown as { _subscribers?: unknown[] }
      const before = target._subscribers?.length ?? 0
      target._subscribers?.splice(0)
      did(`${before} taken off`)
    },
  },
]

export const channelKinds = placed(import.meta.filename, kinds)
