import { toJson } from '../../src/base/json.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Principal } from '../../src/contract/principal.ts'

const bytesMax = 4_096
const fields = ['id', 'roles', 'tenant', 'claims']

/** A copy that nobody can change any more. Throws `FW_PRINCIPAL_INVALID`. */
export function principalOf(given: unknown): Principal {
  if (!isObject(given)) throw invalid('it is not an object')
  for (const [field, value] of Object.entries(given)) {
    if (!fields.includes(field)) throw invalid(`it has no field \`${field}\`; put it into \`claims\``)
    const wrong = value === undefined ? undefined : checks[field as keyof typeof checks](value)
    if (wrong !== undefined) throw invalid(`\`${field}\` must be ${wrong}`)
  }
  if (given['id'] === undefined) throw invalid('it has no `id`')
  const { text } = toJson(given, 'A principal', 'FW_PRINCIPAL_INVALID')
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) throw invalid(`it takes ${bytes} bytes, and ${bytesMax} are allowed`)
  return frozen(JSON.parse(text)) as Principal
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isName = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length <= 255
const aName = (value: unknown) => (isName(value) ? undefined : 'a text of 1 to 255 characters')

const checks = {
  id: aName,
  tenant: aName,
  roles: (value: unknown) => (Array.isArray(value) && value.every(isName) ? undefined : 'a list of names'),
  claims: (value: unknown) => (isObject(value) ? undefined : 'an object'),
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}

function invalid(why: string): FiberWorkError {
  return new FiberWorkError('FW_PRINCIPAL_INVALID', `A principal is { id, roles?, tenant?, claims? }: ${why}.`)
}
