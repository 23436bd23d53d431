/**
 * What the guard works with, as it was when the process began: it must find its way when a job has replaced the very methods that
 * it would use. Loops count instead of iterating for the same reason.
 */
export const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, isExtensible } = Reflect
export const { ownKeys, setPrototypeOf } = Reflect
export const { is } = Object

const { bind, call } = Function.prototype

type Uncurried<This, Args extends unknown[], R> = (self: This, ...args: Args) => R

/** The method as a function that takes what it is called on as its first argument. */
function uncurry<This, Args extends unknown[], R>(method: (this: This, ...args: Args) => R): Uncurried<This, Args, R> {
  return apply(bind, call, [method]) as Uncurried<This, Args, R>
}

type Known = Map<PropertyKey, PropertyDescriptor>
export const mapGet = uncurry(Map.prototype.get as (this: Known, key: PropertyKey) => PropertyDescriptor | undefined)
export const mapSet = uncurry(Map.prototype.set as (this: Known, key: PropertyKey, to: PropertyDescriptor) => Known)
export const mapDelete = uncurry(Map.prototype.delete as (this: Known, key: PropertyKey) => boolean)
export const mapHas = uncurry(Map.prototype.has as (this: Known, key: PropertyKey) => boolean)
