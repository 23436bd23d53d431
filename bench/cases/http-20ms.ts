import { httpCase } from '../lib/http-case.ts'

export default httpCase(
  'http-20ms',
  { jobs: 30_000, latencyMs: 20 },
  '30,000 HTTP jobs of 20 ms, 10,000 in flight allowed, 20 ports',
)
