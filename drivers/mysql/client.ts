import { FiberWorkError } from '../../src/contract/index.ts'

export type Mysql = typeof import('mysql2/promise')

/** The package that only this driver needs, loaded when it is used. @throws FW_DRIVER_MISSING */
export async function loadMysql(load: () => Promise<unknown> = () => import('mysql2/promise')): Promise<Mysql> {
  try {
    const loaded = (await load()) as Mysql & { default?: Mysql }
    return loaded.default ?? loaded
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    const message = 'The mysql driver needs the package mysql2: npm install mysql2'
    throw new FiberWorkError('FW_DRIVER_MISSING', message, { cause })
  }
}
