import { readFileSync } from 'node:fs'

/** The rules of the ACL user in drivers/redis/README.md, without its name and password. */
export function redisRights(): string[] {
  const readme = readFileSync(new URL('../../drivers/redis/README.md', import.meta.url), 'utf8')
  const block = /^ACL SETUSER (.*?)^```/ms.exec(readme)![1]!
  return block.split(/\s+/).filter((rule) => /^[~+-]|^reset/.test(rule))
}
