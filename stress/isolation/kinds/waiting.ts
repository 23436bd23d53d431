import { inBoth, type Kind, placed } from '../kind.ts'

const kinds: Kind[] = [
  {
    name: 'never-resolves',
    about: 'awaits a promise that is never resolved',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.stuck', 'job.ended:FW_HANDLER_TIMEOUT'], ends: 'dead' }),
    answer: 'its timeout ends it; it hears no signal, and so it is declared stuck and its slot freed',
    timeoutMs: 200,
    act({ did }) {
      did('waiting')
      return new Promise(() => {})
    },
  },
  {
    name: 'ignores-abort',
    about: 'goes on for ever, whatever its signal says',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.stuck', 'job.ended:FW_HANDLER_TIMEOUT'], ends: 'dead' }),
    answer: 'declared stuck after `stuckMs`: its slot is freed, what it still does is fenced',
    timeoutMs: 200,
    async act({ did, job }) {
      while (!job.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 10))
      did('told to stop')
      for (let i = 0; i < 300; i++) await new Promise((resolve) => setTimeout(resolve, 10))
    },
  },
]

export const waitingKinds = placed(import.meta.filename, kinds)
