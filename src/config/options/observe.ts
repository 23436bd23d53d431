import { defaults } from '../../base/defaults.ts'
import { type Option } from './option.ts'

/** What is told of all this. */
export const observeOptions = {
  logLevel: {
    kind: 'text',
    flag: 'log-level',
    argument: 'LEVEL',
    default: 'info',
    help: 'debug, info, warn, error or silent',
    allowed: 'debug, info, warn, error or silent',
  },
  logLevels: {
    kind: 'list',
    flag: 'log-levels',
    argument: 'NAME=LEVEL',
    help: 'another level for jobs of one definition; several times',
    allowed: 'a list of NAME=LEVEL, or in a file { name: level }',
  },
  logFormat: {
    kind: 'text',
    flag: 'log-format',
    argument: 'FORMAT',
    default: 'auto',
    help: 'json, text, or auto: text on a terminal',
    allowed: 'json, text or auto',
  },
  otlp: {
    kind: 'text',
    flag: 'otlp',
    argument: 'URL',
    secret: true,
    help: 'send traces to an OpenTelemetry collector there',
    allowed: 'http:// or https:// and where OTLP/HTTP is served, for example http://127.0.0.1:4318',
  },
  traceMode: {
    kind: 'text',
    flag: 'trace-mode',
    argument: 'MODE',
    default: defaults.traceMode,
    help: 'parent: a job goes on with the trace that enqueued it; link: its own',
    allowed: 'parent or link',
  },
} as const satisfies Record<string, Option>
