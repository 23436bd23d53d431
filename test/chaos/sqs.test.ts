import { chaos } from '../support/chaos.ts'

chaos('sqs', ['blackhole'])
