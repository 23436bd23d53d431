import type { Link } from './link.ts'

export interface AuditReport {
  checked: number
  repaired: number
  cursor?: string
}

export async function audit(_link: Link, _cursor: string | undefined): Promise<AuditReport> {
  return { checked: 0, repaired: 0 }
}
