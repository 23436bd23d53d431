import { type Client, connect, defineJob, Http, unchecked } from '../../src/index.ts'
import { input } from './input.ts'
import { httpDefaults, HttpRun, urlOf } from './measure-http.ts'
import { produceElsewhere, storeOf } from './store.ts'

const given = input({ ...httpDefaults, store: 'sqlite', redis: '', enqueueTo: '' })
const { jobs, concurrency, origins, latencyMs, store, enqueueTo } = given
let run: HttpRun | undefined
const get = defineJob('get', { input: unchecked<{ url: string }>(), attempts: 1 }, ({ url }) =>
  run!.time(async () => {
    const response = await Http.get(url)
    await response.text()
    return response.ok
  }),
)

async function enqueue(client: Client): Promise<void> {
  const inputs = Array.from({ length: jobs }, (_, n) => ({ url: urlOf(origins, n) }))
  await client.enqueueMany(get, inputs)
}

if (enqueueTo !== '') {
  await using producer = await connect(enqueueTo)
  await enqueue(producer)
} else {
  await using place = await storeOf(given)
  if (store !== 'memory') produceElsewhere(given, place.url)
  await using client = await connect(place.url)
  if (store === 'memory') await enqueue(client)
  run = new HttpRun(latencyMs)
  const worker = await client.work([get], { concurrency })
  await worker.idle()
  run.report()
}
