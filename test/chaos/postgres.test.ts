import { chaos } from '../support/chaos.ts'

chaos('postgres', ['kill', 'pair', 'restart'])
