import { inBoth, type Kind, placed, untilBlamed } from '../kind.ts'

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const owned = inBoth({
  innocents: 'nothing',
  named: ['job.blamed:owner', 'job.ended:FW_STRAY_ERROR'],
  ends: 'dead',
})
const answer = 'the job whose sandbox the rejection carries fails, the others go on'

const kinds: Kind[] = [
  {
    name: 'rejection',
    about: 'leaves a rejection that nobody awaits, while it runs',
    class: 'contained',
    ...owned,
    answer,
    async act({ did, job }) {
      void Promise.reject(new Error('nobody awaits me'))
      did('rejected')
      await untilBlamed(job)
    },
  },
  {
    name: 'rejection-in-a-call',
    about: 'calls an async function without `await`, which throws later',
    class: 'contained',
    ...owned,
    answer,
    async act({ did, job }) {
      void (async () => {
        await pause(5)
        did('threw')
        throw new Error('nobody awaits me')
      })()
      await untilBlamed(job)
    },
  },
  {
    name: 'rejection-frozen',
    about: 'leaves a rejection with a frozen error',
    class: 'contained',
    ...owned,
    answer,
    async act({ did, job }) {
      void Promise.reject(Object.freeze(new Error('frozen')))
      did('rejected')
      await untilBlamed(job)
    },
  },
  {
    name: 'rejection-unreadable',
    about: 'leaves a rejection with an error whose getters throw',
    class: 'contained',
    ...owned,
    answer,
    async act({ did, job }) {
      const error = new Error('unreadable')
      const refuse = () => {
        throw new Error('do not look at me')
      }
      for (const key of ['message', 'stack', 'name', 'cause', 'code'])
        Object.defineProperty(error, key, { get: refuse })
      void Promise.reject(error)
      did('rejected')
      await untilBlamed(job)
    },
  },
  {
    name: 'rejection-of-nothing',
    about: 'leaves a rejection with `undefined`',
    class: 'contained',
    ...owned,
    answer,
    async act({ did, job }) {
      void Promise.reject(undefined)
      did('rejected')
      await untilBlamed(job)
    },
  },
  {
    name: 'rejection-late',
    about: 'leaves a rejection that nobody awaits, after it has ended',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['worker.stray'], ends: 'done' }),
    answer: 'told with the name of the job that left it: that one is done and gone, and nobody fails for it',
    act({ did }) {
      setTimeout(() => {
        void Promise.reject(new Error('late'))
        did('rejected')
      }, 30)
    },
  },
  {
    name: 'lying-thenable',
    about: 'awaits a thenable that resolves twice and throws, and returns a promise that never calls back',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.ended:FW_HANDLER_TIMEOUT'], ends: 'dead' }),
    answer: 'only the job that awaits it is misled; its timeout ends it',
    timeoutMs: 300,
    act: async ({ did }): Promise<unknown> => {
      const liar = {
        // eslint-disable-next-line unicorn/no-thenable
        then(resolve: (value: string) => void) {
          resolve('once')
          resolve('twice')
          throw new Error('and an error')
        },
      }
      class Silent<T> extends Promise<T> {
        // eslint-disable-next-line unicorn/no-thenable
        override then(): Promise<never> {
          return new Promise(() => {}) as Promise<never>
        }
      }
      did(String(await (liar as PromiseLike<string>)))
      return new Silent((resolve) => resolve(1)) as Promise<number>
    },
  },
]

export const strayKinds = placed(import.meta.filename, kinds)
