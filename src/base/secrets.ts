import { redactUrls } from './text.ts'

/** What stands where a secret stood. */
export const hidden = '[redacted]'

// Keys are compared in words of small letters with dashes between them: `accessToken`, `ACCESS_TOKEN` and `access-token` are one.
// A squeezed `accesstoken` is caught too; `secretary`, `tokenizer` and a count of `tokens` are not.
const named = [
  'pass(?:word|wd|phrase|code)',
  '(?:^|-)pass(?:-|$)',
  'pwd(?![a-z])',
  'secrets?(?![a-z])',
  'token(?![a-z])',
  '(?:api|access|private|secret|signing|encryption|encrypted|master|account|license)-?keys?(?![a-z])',
  'authorization',
  '(?:^|-)auth$',
  'cookie',
  'credential',
  'session-?(?:id|key)(?![a-z])',
  '(?:^|-)(?:ssn|cvv2?|cvc2?|csc|jwt|otp|totp|pin|pan|iban|mnemonic)(?:-|$)',
  'social-?security',
  'card-?(?:number|num|no)(?![a-z])',
  'credit-?card',
  '(?:^|-)card$',
  'bearer',
]
const ours = new RegExp(named.join('|'))
const plural = /tokens(?![a-z])/

/** The key's words, small, with dashes between them. */
function wordsOf(key: string): string {
  return key
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .toLowerCase()
}

// Every pattern begins where no character of its own class stands before it, so that a long run of them is read once.
const tokens = [
  'eyJ[\\w-]{10,}\\.[\\w-]*(?:\\.[\\w-]*)*', // JWT, JWE
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])',
  '(?:[sr]k|pk)_(?:live|test)_\\w{8,}',
  'sk-[\\w-]{20,}',
  'gh[pousr]_\\w{20,}',
  'github_pat_\\w{20,}',
  'gl(?:pat|dt|rt|ptt)-[\\w-]{16,}',
  '(?:xox[abceoprs]|xapp)-[\\w-]{8,}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{16,}',
  'npm_\\w{30,}',
  'pypi-[\\w-]{16,}',
  'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
  'hf_\\w{24,}',
  'whsec_[\\w+/=]{16,}',
  'shp(?:at|ca|pa|ss)_\\w{16,}',
  'do[opr]_v1_\\w{16,}',
  'AGE-SECRET-KEY-\\w{16,}',
]
const knownTokens = new RegExp(`(?<![\\w-])(?:${tokens.join('|')})`, 'g')
const schemes = /(?<!\w)(bearer|basic|digest)\s{1,4}(?:(?<=bearer\s{1,4})|(?=\S*[\d=]))[\w.~+/=:-]{6,}/gi
const pem = /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z\d ]{0,40}PRIVATE KEY-----|$)/g
const cards = /(?<![\w.-])(?:(?:4\d|5[1-5]|2[2-7]|6[05])\d\d(?:[ -]?\d{4}){3}|3[47]\d\d[ -]?\d{6}[ -]?\d{5})(?![\w-])/g
// `password=…`, `"apiKey": "…"`, `x-auth-token: …`: a name, up to 64 characters of it, then what is said of it: in quotes (also in those of a
// JSON text within a text), or up to the next blank or comma.
const saidNames =
  'pass(?:word|wd|phrase|code)|pwd|secret|token(?!s)|(?:api|access|private|secret)[-_]?key|authorization|cookie|credentials?|session[-_]?id|cvv|ssn'
const says = String.raw`[\w-]{0,32}(?:\\?["'])?\s{0,2}(?:=>|[:=])\s{0,2}`
const values = [
  String.raw`"(?:[^"\\\n]|\\.)*(?:"|$)`,
  String.raw`'(?:[^'\\\n]|\\.)*(?:'|$)`,
  String.raw`\\"(?:\\\\\\"|[^"\\\n]|\\[^"\n])*(?:\\?"|$)`,
  String.raw`[^\s,;&"'{}()[\]\\]+`,
]

function saidOf(names: string): RegExp {
  return new RegExp(`(?<![\\w-])([\\w-]{0,64}?(?:${names})${says})(${values.join('|')})`, 'gim')
}

// Keys in quotes are keys for certain (JSON in a text): all the rules for keys hold.
const quotedKey = /(\\?["'])([\w-]{1,64})\1\s{0,2}:\s{0,2}/g
const value = new RegExp(values.join('|'), 'imy')

const headers = /(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie)(\s{0,2}[:=]\s{0,2})(?=[^\s"'[{])[^\r\n"'}]+/gi
const anySecret =
  /eyJ|bearer|basic |digest |KIA|ASIA|ABIA|ACCA|-----BEGIN|k_live|k_test|sk-|gh[pousr]_|github_|gl[a-z]{2,3}-|xox|xapp|AIza|ya29|npm_|pypi-|SG\.|hf_|whsec|shp|_v1_|SECRET|pass|pwd|secret|token|key|authorization|cookie|credential|session|cvv|ssn|["']\s?:|\d{4}[ -]?\d{4}/i

/** What a process hides beside what is always hidden. */
export interface Redaction {
  /** Names of keys, in any spelling: `customerRef` is `customer_ref` and `old-customer-ref` too. Up to 256. */
  keys?: readonly string[]
}

/** Rules made ready: what is a secret by its key. */
export class Rules {
  /** What a text says of a secret. */
  readonly said: RegExp
  readonly #extra: RegExp | undefined
  readonly #known = new Map<string, 'secret' | 'plural' | undefined>()

  constructor({ keys = [] }: Redaction = {}) {
    const words = keys.map((key) => wordsOf(key).replace(/^-|-$/g, '')).filter((name) => name !== '')
    this.#extra = words.length === 0 ? undefined : new RegExp(`(?:^|-)(?:${words.join('|')})(?:-|$)`)
    this.said = saidOf([saidNames, ...words.map((name) => name.replaceAll('-', '[-_]?'))].join('|'))
  }

  /** Whether what stands under this key is hidden. A number of `tokens` is a count; anything else of that name is not. */
  hides(key: string, value: unknown): boolean {
    if (key.length > 256) key = key.slice(0, 256)
    let kind = this.#known.get(key)
    if (kind === undefined && !this.#known.has(key)) {
      kind = this.#kindOf(wordsOf(key))
      if (this.#known.size >= 2_048) this.#known.clear()
      this.#known.set(key, kind)
    }
    return kind === 'secret' || (kind === 'plural' && typeof value !== 'number')
  }

  /** A quick look: false where the text certainly holds no secret. */
  suspects(text: string): boolean {
    return this.#extra !== undefined || anySecret.test(text)
  }

  #kindOf(words: string): 'secret' | 'plural' | undefined {
    if (ours.test(words) || this.#extra?.test(words) === true) return 'secret'
    return plural.test(words) ? 'plural' : undefined
  }
}

let rules = new Rules()

/** What the whole process hides from now on, beside what is always hidden. */
export function setRedaction(redaction: Redaction): void {
  rules = new Rules(redaction)
}

/** Whether what stands under this key is hidden in this process. */
export function hides(key: string, value: unknown): boolean {
  return rules.hides(key, value)
}

export function processRules(): Rules {
  return rules
}

/**
 * Running text (an error message, a stack, a log line) without the secrets that can be told by their looks: passwords in URLs, tokens of
 * known forms, private keys, payment cards, and what is said of a password or the like (`password=…`, `"token": "…"`). Never throws.
 */
export function redactText(text: string): string {
  const safe = redactUrls(text)
  // Most texts, and nearly all stacks, hold nothing else that looks like a secret.
  if (!rules.suspects(safe)) return safe
  return redactMembers(safe)
    .replace(pem, hidden)
    .replace(headers, `$1$2${hidden}`)
    .replace(schemes, `$1 ${hidden}`)
    .replace(knownTokens, hidden)
    .replace(rules.said, (whole, name: string, value: string) => (shows(value) ? whole : name + quoted(value)))
    .replace(cards, (digits) => (isCard(digits) ? hidden : digits))
}

/** The value of a key that is harmless is read on: it may be a text with keys of its own. */
function redactMembers(text: string): string {
  let safe = ''
  let done = 0
  for (const found of text.matchAll(quotedKey)) {
    const at = found.index + found[0].length
    value.lastIndex = at
    const said = at < done ? undefined : value.exec(text)?.[0]
    if (said === undefined || shows(said) || !rules.hides(found[2]!, numberOf(said))) continue
    safe += text.slice(done, at) + quoted(said)
    done = at + said.length
  }
  return done === 0 ? text : safe + text.slice(done)
}

/** What says nothing: it has been hidden already, or is no value at all. */
function shows(value: string): boolean {
  return /^(?:\\?["'])?(?:\*\*\*|\[redacted|null|undefined|true|false)?(?:\\?["'])?$/.test(value)
}

/** A number stays one, for who counts tokens. */
const numberOf = (value: string): unknown => (/^[\d.-]+$/.test(value) ? Number(value) : value)

function quoted(value: string): string {
  const quote = /^\\?["']/.exec(value)?.[0] ?? ''
  return quote + hidden + quote
}

/** Luhn's sum: of ten numbers that look like a card, nine are none. */
function isCard(text: string): boolean {
  let sum = 0
  let twice = false
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) continue
    const value = twice ? digit * 2 : digit
    sum += value > 9 ? value - 9 : value
    twice = !twice
  }
  return sum % 10 === 0
}
