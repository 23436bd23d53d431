import { chaos } from '../support/chaos.ts'

chaos('sqs', ['cut', 'blackhole'])
