import { useLocation, useSearch } from 'wouter-preact'
import { filterFromQuery, filterQuery, type ListFilter } from '../../../model/filter-text.ts'

/** The filter that stands in the URL, and how to choose another one. `typed`: it takes the place of the last one in the history. */
export function useFilter(): [filter: ListFilter, choose: (filter: ListFilter, typed?: boolean) => void] {
  const search = useSearch()
  const [, navigate] = useLocation()
  const choose = (filter: ListFilter, typed = false) => navigate(jobsHref(filter), { replace: typed })
  return [filterFromQuery(new URLSearchParams(search)), choose]
}

export function jobsHref(filter: ListFilter): string {
  const query = filterQuery(filter)
  return query === '' ? '/jobs' : `/jobs?${query}`
}

export function jobHref(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`
}
