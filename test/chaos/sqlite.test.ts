import { chaos } from '../support/chaos.ts'

chaos('sqlite', ['terminate', 'kill', 'takeover'])
