import { chaos } from '../support/chaos.ts'

chaos('mysql', ['kill', 'pair', 'pause'])
