import type { Option } from './option.ts'

/** The HTTP API. */
export const httpOptions = {
  http: {
    kind: 'text',
    flag: 'http',
    argument: 'ADDRESS',
    help: 'serve the HTTP API there, with /healthz, /readyz and /metrics',
    allowed: 'HOST:PORT or PORT, for example 127.0.0.1:7077',
  },
  ui: {
    kind: 'switch',
    flag: 'ui',
    default: true,
    help: 'serve the web page there too',
    helpOff: 'serve the API there, and not the web page',
    allowed: 'true or false',
  },
  httpHosts: {
    kind: 'list',
    flag: 'http-host',
    argument: 'NAME',
    help: 'a name by which it may be called besides its address; several times',
    allowed: 'a list of host names',
  },
  httpToken: {
    kind: 'text',
    flag: 'http-token',
    argument: 'TOKEN',
    secret: 'whole',
    flagless: true,
    help: 'a token with the role admin',
    allowed: '20 to 512 characters without spaces',
  },
  behindProxy: {
    kind: 'switch',
    flag: 'behind-proxy',
    default: false,
    help: 'something in front of it speaks TLS, and tells who calls (X-Forwarded-For)',
    allowed: 'true or false',
  },
  tlsCert: {
    kind: 'text',
    flag: 'tls-cert',
    argument: 'FILE',
    help: 'the certificate with which it speaks TLS, and those between (PEM)',
    allowed: 'a file',
  },
  tlsKey: {
    kind: 'text',
    flag: 'tls-key',
    argument: 'FILE',
    help: 'the private key of the certificate (PEM)',
    allowed: 'a file',
  },
  httpInsecure: {
    kind: 'switch',
    flag: 'http-insecure',
    default: false,
    help: 'deprecated: let others reach the health routes without TLS; use --behind-proxy, or a certificate',
    allowed: 'true or false',
  },
} as const satisfies Record<string, Option>
