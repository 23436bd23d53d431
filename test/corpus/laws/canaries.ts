/** Twelve secrets that look like what people have; wherever they are planted, none may come out. */
export const canaries = {
  password: 'Xq7-canary-password-01',
  urlPassword: 'canaryUrlPass02',
  bearer: 'canary03bearerABCDEFGH1234567890',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOiIwNCJ9.c2lnbmF0dXJlY2FuYXJ5MDQ',
  aws: 'AKIACANARY05ABCDEFGH',
  stripe: 'sk_live_canary06ABCDEFGH12345678',
  github: 'ghp_canary07ABCDEFGH1234567890abcdef',
  cookie: 'canary08cookieABCDEFGH',
  card: '4111 1111 1111 1111',
  pem: '-----BEGIN PRIVATE KEY-----\nMIIcanary10ABCDEFGH\n-----END PRIVATE KEY-----',
  apiKey: 'canary11apikeyABCDEFGH',
  sensitive: 'canary12 what the schema calls sensitive',
} as const

/** What would betray each of them: its middle is enough. */
const marks: Record<keyof typeof canaries, string> = {
  password: 'canary-password-01',
  urlPassword: 'canaryUrlPass02',
  bearer: 'canary03bearer',
  jwt: 'eyJjYW5hcnkiOiIwNCJ9',
  aws: 'AKIACANARY05',
  stripe: 'canary06ABCDEFGH',
  github: 'canary07ABCDEFGH',
  cookie: 'canary08cookie',
  card: '4111 1111 1111',
  pem: 'MIIcanary10',
  apiKey: 'canary11apikey',
  sensitive: 'canary12',
}

/** The names of the canaries that a text gives away. */
export function leaked(text: string): string[] {
  return Object.entries(marks).flatMap(([name, mark]) => (text.includes(mark) ? [name] : []))
}

/** All of them in one text, as they come in errors and log lines. */
export const spilled = [
  `cannot log in with password=${canaries.password}`,
  `at postgres://admin:${canaries.urlPassword}@db.example/app`,
  `authorization: Bearer ${canaries.bearer}`,
  `jwt ${canaries.jwt}`,
  `key ${canaries.aws}`,
  `and ${canaries.stripe}, ${canaries.github}`,
  `cookie: session=${canaries.cookie}`,
  `card ${canaries.card}`,
  `{"apiKey":"${canaries.apiKey}"}`,
  canaries.pem,
].join('; ')

/** All of them as the input of a job has them: `sensitive` is one by its schema alone. */
export const planted = {
  sensitive: canaries.sensitive,
  password: canaries.password,
  db: { url: `postgres://admin:${canaries.urlPassword}@db.example/app` },
  headers: { authorization: `Bearer ${canaries.bearer}`, cookie: `session=${canaries.cookie}` },
  note: `${canaries.jwt} ${canaries.aws} ${canaries.stripe} ${canaries.github} ${canaries.pem}`,
  card: { number: canaries.card },
  apiKey: canaries.apiKey,
}
