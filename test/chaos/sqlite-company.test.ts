import { chaos } from '../support/chaos.ts'

chaos('sqlite', ['poison', 'pair', 'pause'])
