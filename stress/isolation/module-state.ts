/** What a module of the user's keeps for the process: two handlers that import it share it. */
export const moduleState: { currency: string; rates: Record<string, number> } = {
  currency: 'EUR',
  rates: { USD: 1.1 },
}
