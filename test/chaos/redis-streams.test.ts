import { chaos } from '../support/chaos.ts'

chaos('redis-streams', ['kill', 'takeover', 'pause'])
