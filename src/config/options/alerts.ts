import { duration, type Option } from './option.ts'

/** Who is told when a queue wants a person. */
export const alertOptions = {
  alertWaitMs: {
    kind: 'duration',
    flag: 'alert-wait',
    argument: 'TIME',
    help: 'raise an alert when a job of a queue has been ready for longer',
    allowed: `${duration} from 1s to 30d, or in a file { queue: milliseconds }, \`*\` for all others`,
  },
  alertWebhook: {
    kind: 'text',
    flag: 'alert-webhook',
    argument: 'URL',
    secret: 'whole',
    help: 'POST alerts there',
    allowed: 'an https URL',
  },
  alertWebhookSecret: {
    kind: 'text',
    flag: 'alert-webhook-secret',
    argument: 'SECRET',
    secret: 'whole',
    help: 'sign alerts with it (Standard Webhooks); better as a variable, which `ps` does not show',
    allowed: 'whsec_ and 24 to 64 random bytes in base64',
  },
  alertWebhookPrivate: {
    kind: 'switch',
    flag: 'alert-webhook-private',
    default: false,
    help: 'allow a webhook over http, to any port, and to addresses that are not public',
    allowed: 'true or false',
  },
} as const satisfies Record<string, Option>
