import type { Option } from './option.ts'

/** Whom the commands ask that look and act: a store by themselves, or an API. */
export const clientOptions = {
  api: {
    kind: 'text',
    flag: 'api',
    argument: 'URL',
    secret: true,
    help: 'ask this HTTP API instead of the store',
    allowed: 'a URL like http://127.0.0.1:7077 or https://jobs.example.org',
  },
  token: {
    kind: 'text',
    flag: 'token',
    argument: 'TOKEN',
    secret: 'whole',
    help: 'the token for the API; rather give it as FIBER_WORK_TOKEN, which `ps` does not show',
    allowed: '1 to 512 characters without spaces',
  },
} as const satisfies Record<string, Option>
