/** The header that carries the principal of a job, signed. */
export const principalHeader = 'fiber-work-principal'

/** Who acts: a person, a service, an API key. */
export interface Principal {
  readonly id: string
  readonly roles?: readonly string[]
  /** Whose they are: a job that belongs to another tenant cannot carry them. */
  readonly tenant?: string
  /** Whatever else there is to know: small, plain JSON. */
  readonly claims?: Readonly<Record<string, unknown>>
}
