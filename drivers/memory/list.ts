/** What a list can hold. An item is in at most one list at a time. */
export interface ListItem<T extends ListItem<T>> {
  list: List<T> | undefined
  previous: T | undefined
  next: T | undefined
}

/** A first-in-first-out line that any item can leave in O(1): nothing is ever shifted or searched. */
export class List<T extends ListItem<T>> {
  first: T | undefined
  last: T | undefined
  size = 0

  push(item: T): void {
    item.list = this
    item.previous = this.last
    item.next = undefined
    if (this.last === undefined) this.first = item
    else this.last.next = item
    this.last = item
    this.size++
  }

  remove(item: T): void {
    if (item.previous === undefined) this.first = item.next
    else item.previous.next = item.next
    if (item.next === undefined) this.last = item.previous
    else item.next.previous = item.previous
    item.list = undefined
    item.previous = undefined
    item.next = undefined
    this.size--
  }
}
