import { dbCase } from '../lib/db-case.ts'

export default dbCase('mysql', 'mysql2')
