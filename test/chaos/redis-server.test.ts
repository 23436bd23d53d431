import { chaos } from '../support/chaos.ts'

chaos('redis', ['restart', 'cut', 'forget', 'reply', 'clients', 'memory'])
