import { bind, current, Http, RateLimit } from '../../../src/index.ts'
import { isFiberWorkError } from '../../../src/contract/errors.ts'
import { inBoth, type Kind, placed, type Scene } from '../kind.ts'

const fenced = inBoth({ innocents: 'nothing', named: [], ends: 'done' })
const answer = 'fails with `FW_JOB_SETTLED`, and reaches nobody'
const lateMs = 40

/** Calls when its job has ended; what the call comes to is what shows that it was held off. */
export function callLate({ did, afterwards, job }: Scene, call: () => unknown): void {
  let came: string | undefined
  setTimeout(() => {
    void (async () => call())().then(
      () => did((came = 'it went through')),
      (error: unknown) => did((came = isFiberWorkError(error) ? error.code : String(error))),
    )
  }, lateMs)
  afterwards(() => (came === 'FW_JOB_SETTLED' ? [] : [`the late call of ${job.id} came to: ${came ?? 'nothing'}`]))
}

const kinds: Kind[] = [
  {
    name: 'late-http',
    about: 'writes through `Http` after it has ended',
    class: 'contained',
    ...fenced,
    answer,
    act(scene) {
      callLate(scene, () => Http.post(`${scene.service}/late`, { json: { late: true } }))
      scene.afterwards(async () => {
        const asked = (await (await fetch(`${scene.service}/asked`)).json()) as Record<string, number>
        return asked['/late'] === undefined ? [] : ['a late write arrived']
      })
    },
  },
  {
    name: 'late-fetch',
    about: 'writes through a plain `fetch` after it has ended',
    class: 'contained',
    ...fenced,
    answer,
    act: (scene) => callLate(scene, () => fetch(`${scene.service}/late`, { method: 'POST', body: 'late' })),
  },
  {
    name: 'late-rate-limit',
    about: 'takes a turn of a `RateLimit` after it has ended',
    class: 'contained',
    ...fenced,
    answer,
    act: (scene) => callLate(scene, () => RateLimit.for('late-turns', { concurrencyMax: 1 }).run(() => 'in')),
  },
  {
    name: 'late-scope',
    about: 'uses its scope, and `current()`, after it has ended',
    class: 'contained',
    ...fenced,
    answer,
    act: (scene) => callLate(scene, () => (scene.n === 0 ? current() : scene.job.scope.set('late', 1))),
  },
  {
    name: 'late-bound',
    about: 'has a bound callback that is called after its end',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.zombie'], ends: 'done' }),
    answer: 'does nothing, and is told',
    act({ did, afterwards }) {
      let ran = false
      const late = bind(() => (ran = true))
      setTimeout(() => (late(), did('called')), lateMs)
      afterwards(() => (ran ? ['the bound callback ran'] : []))
    },
  },
  {
    name: 'left-call',
    about: 'leaves an open `Http` call behind',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.zombie'], ends: 'done' }),
    answer: 'ended with its job, and told with what it waited for',
    act({ service, did }) {
      Http.get(`${service}/slow`).then(
        () => {},
        () => {},
      )
      did('left')
    },
  },
]

export const lateKinds = placed(import.meta.filename, kinds)
