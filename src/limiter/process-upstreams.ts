import { systemEnv } from '../base/env.ts'
import { Upstreams } from './upstreams.ts'

const key = Symbol.for('fiber-work.upstreams')
const shared = globalThis as { [key]?: Upstreams }

/** One for the process, also when two copies of the package are loaded: a service does not care which of them calls. */
export const upstreams: Upstreams = (shared[key] ??= new Upstreams(`${systemEnv.id()}${systemEnv.id()}`))
