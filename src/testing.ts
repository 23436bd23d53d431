export {
  type Drained,
  type DrainOptions,
  type EnqueuedJob,
  testClient,
  type TestClient,
  type TestClientOptions,
} from './testing/client.ts'
export { type FollowUp, type JobRun, type LogLine, runJob, type RunJobOptions } from './testing/run.ts'
