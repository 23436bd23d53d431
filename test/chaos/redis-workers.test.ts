import { chaos } from '../support/chaos.ts'

chaos('redis', ['takeover', 'block', 'late', 'clock', 'versions'])
