import { describe, expect, it } from 'vitest'
import { TributaryError } from '../../shared/errors/error.ts'
import { databaseFault, fileFault, sqliteCode } from './faults.ts'

function system(code: string): Error {
  return Object.assign(new Error(`${code}: it did not work`), { code })
}

describe('what the file system refuses', () => {
  it.each([
    ['ENOSPC', 'storage/full', 'the disk is full (2.5 MB wanted, 12.3 kB free). What was committed before is intact.'],
    ['EDQUOT', 'storage/full', 'this user’s disk quota is used up (2.5 MB wanted'],
    ['EFBIG', 'storage/full', '(ulimit -f) (2.5 MB wanted'],
    ['EROFS', 'storage/unusable', 'mounted read-only. Give this user the right'],
    ['EACCES', 'storage/unusable', 'this user may not write there'],
    ['EIO', 'storage/unusable', 'EIO: it did not work. Check the disk'],
  ])('%s is %s, with the folder and what to do', (code, expected, sentence) => {
    const fault = fileFault('A model cannot be written', '/store/blobs', system(code), { wanted: 2.5e6, free: 12_345 })
    expect(fault.code).toBe(expected)
    for (const part of [sentence, '/store/blobs', '--store']) expect(fault.message).toContain(part)
    expect(fault.cause).toMatchObject({ code })
  })

  it('is told as it is where it has been told before', () => {
    const known = new TributaryError('model/unknown', 'There is none.')
    expect(fileFault('A model cannot be read', '/x', known)).toBe(known)
    expect(databaseFault('A record cannot be read', '/x', known)).toBe(known)
  })
})

describe('what SQLite refuses', () => {
  it.each([
    ['SQLITE_FULL', 'storage/full', 'the disk is full. What was committed before is intact.'],
    ['SQLITE_READONLY', 'storage/unusable', 'cannot be opened for writing'],
    ['SQLITE_CANTOPEN', 'storage/unusable', 'cannot be opened for writing'],
    ['SQLITE_CORRUPT', 'storage/corrupt', 'the database is damaged. Restore it from a backup'],
    ['SQLITE_NOTADB', 'storage/corrupt', 'this file is not a database. Restore it from a backup'],
    ['SQLITE_IOERR', 'storage/unusable', 'the disk refused to read or write (SQLITE_IOERR_WRITE)'],
    ['SQLITE_BUSY', 'storage/unusable', 'another program holds the database'],
    ['SQLITE_MISUSE', 'storage/unusable', 'SQLITE_MISUSE: it did not work'],
  ])('%s is %s, with the file and what to do', (code, expected, sentence) => {
    const cause = Object.assign(system(code), { extendedCode: `${code}_WRITE` })
    const fault = databaseFault('Version 3 of j cannot be recorded', '/store/records.db', cause)
    expect(fault.code).toBe(expected)
    expect(fault.message).toMatch(/^Version 3 of j cannot be recorded in \/store\/records\.db: /)
    for (const part of [sentence, '--store']) expect(fault.message).toContain(part)
  })

  it('is known by its number where the library gives no name, as when a file cannot be opened', () => {
    const opening = new Error('ConnectionFailed("Unable to open connection to local database /store/records.db: 14")')
    expect(sqliteCode(opening)).toBe('SQLITE_CANTOPEN')
    expect(sqliteCode(new Error('something else'))).toBe('')
    expect(sqliteCode('a text')).toBe('')
  })
})
