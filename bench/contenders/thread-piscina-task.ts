export { hash as default } from './thread-jobs.ts'
