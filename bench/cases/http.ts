import { httpCase } from '../lib/http-case.ts'

export default httpCase(
  'http',
  { jobs: 30_000, latencyMs: 1_000 },
  '30,000 HTTP jobs of 1 s, 10,000 in flight, 20 ports (ideal 3 s)',
)
