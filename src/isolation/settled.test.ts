import { afterAll, beforeAll, expect, it } from 'vitest'
import { bindFetch } from '../../facades/http/index.ts'
import { working } from '../../test/support/work.ts'
import {
  Auth,
  bind,
  createCache,
  createDb,
  current,
  defineFacade,
  defineJob,
  defineService,
  Http,
  type JobContext,
  RateLimit,
  Session,
} from '../index.ts'
import { storage } from '../sandbox/storage.ts'

const Own = defineFacade('own', {
  open: () => ({ ask: () => 'answer' }),
  face: (door) => ({
    ask: () => door.call('ask', (resource) => resource.ask()),
    job: () => door.job,
    state: () => door.state(() => 1),
  }),
})
const service = defineService('thing', () => 1)
const limit = RateLimit.for('settled-test', { concurrencyMax: 1 })
const Cache = createCache()
const Db = createDb('sqlite::memory:')
const url = 'http://127.0.0.1:9/never-asked'

/** Every door that a handler has: a row for each new facade. */
const doors: Record<string, (job: JobContext) => unknown> = {
  'Http.get': () => Http.get(url),
  'Http.post': () => Http.post(url, { json: 1 }),
  'Http.request': () => Http.request(url, { method: 'OPTIONS' }),
  'job.http': (job) => job.http.get(url),
  'a plain fetch': () => fetch(url),
  'RateLimit.run': () => limit.run(() => 1),
  'Db.query': () => Db.query('SELECT 1'),
  'Db.transaction': () => Db.transaction(async () => {}),
  'Db.selectFrom': () => Db.selectFrom('sqlite_schema').selectAll().execute(),
  'Db.stream': async () => {
    for await (const _ of Db.stream('SELECT 1'));
  },
  'Cache.get': () => Cache.get('key'),
  'Cache.set': () => Cache.set('key', 1, 1_000),
  'Cache.remember': () => Cache.remember('key', 1_000, async () => 1),
  'Session.get': () => Session.get('key'),
  'Session.update': () => Session.update('key', () => 1),
  'Auth.user': () => Auth.user(),
  'Auth.actAs': () => Auth.actAs({ id: 'ada' }, () => 1),
  'a facade of one’s own': () => Own.ask(),
  'its job': () => Own.job(),
  'its state': () => Own.state(),
  'current()': () => current(),
  'bind()': () => bind(() => {}),
  'a service': () => service.get(),
  'job.scope.get': (job) => job.scope.get(service),
  'job.scope.set': (job) => job.scope.set('key', 1),
  'job.defer': (job) => job.defer(() => {}),
  'job.enqueue': (job) => job.enqueue(defineJob('next', {})),
  'job.sleep': (job) => job.sleep(1),
  'job.setTimeout': (job) => job.setTimeout(() => {}, 1),
  'job.setInterval': (job) => job.setInterval(() => {}, 1),
  'job.on': (job) => job.on(process, 'exit', () => {}),
}

let undo: () => void
beforeAll(() => void (undo = bindFetch()))
afterAll(async () => {
  undo()
  await Db.close()
})

it.each(Object.keys(doors))('%s is shut once the job has ended', async (door) => {
  let late: (() => unknown) | undefined
  const job = defineJob('one', {}, (_, context) => {
    const handle = storage.getStore()!
    late = () => storage.run(handle, () => doors[door]!(context))
  })
  const { client } = await working([job])
  await (await client.enqueue(job)).result()
  await expect((async () => late!())()).rejects.toMatchObject({ code: 'FW_JOB_SETTLED' })
})
