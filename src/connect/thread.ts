import { workerData } from 'node:worker_threads'
import { systemEnv } from '../base/env.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Place, Task, ThreadData } from '../lane/messages.ts'
import { ThreadService } from '../lane/serve.ts'
import { bindFetch, Http } from '../../facades/http/index.ts'

// A thread of the lane: what piscina loads in each of them.

bindFetch()
const service = new ThreadService({ env: systemEnv, http: Http as HttpClient, data: workerData as ThreadData })

export const run = (task: Task): Promise<void> => service.run(task)
export const look = (places: Place[]): Promise<(string | undefined)[]> => service.look(places)
