import { chaos } from '../support/chaos.ts'

chaos('rabbitmq', ['kill', 'slow'])
