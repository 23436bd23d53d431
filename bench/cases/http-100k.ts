import { httpCase } from '../lib/http-case.ts'

export default {
  ...httpCase(
    'http-100k',
    { jobs: 100_000, latencyMs: 1_000 },
    '100,000 HTTP jobs of 1 s, 10,000 in flight, 20 ports (ideal 10 s)',
  ),
  rounds: 3,
}
