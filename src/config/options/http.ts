import { type Option } from './option.ts'

/** The HTTP API. */
export const httpOptions = {
  http: {
    kind: 'text',
    flag: 'http',
    argument: 'ADDRESS',
    help: 'serve /healthz and /readyz there',
    allowed: 'HOST:PORT or PORT, for example 127.0.0.1:7077',
  },
  httpInsecure: {
    kind: 'switch',
    flag: 'http-insecure',
    default: false,
    help: 'allow --http on an address that others can reach',
    allowed: 'true or false',
  },
} as const satisfies Record<string, Option>
