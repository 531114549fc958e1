import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TributaryError } from '../../shared/errors/error.ts'
import { readPem, wholeNumber } from './options.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

function fault(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof TributaryError) return `${thrown.code}: ${thrown.message}`
    throw thrown
  }
  return 'nothing was thrown'
}

describe('a whole number', () => {
  const port = wholeNumber(0, 65_535)

  it.each([
    ['0', 0],
    ['8080', 8080],
    ['65535', 65_535],
  ])('is %s', (text, value) => {
    expect(port(text)).toBe(value)
  })

  it.each(['', ' ', '-1', '65536', '80.5', 'http', '80x', 'NaN', 'Infinity'])(
    'is not “%s”, and never clamped',
    (text) => {
      expect(() => port(text)).toThrow('It must be a whole number from 0 to 65535.')
    },
  )

  it('that is wrong is told with the option’s name', () => {
    const command = new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .option('--port <number>', '', port)
    expect(() => command.parse(['--port', '99999'], { from: 'user' })).toThrow(
      /--port <number>.*99999.*from 0 to 65535/,
    )
  })
})

describe('a PEM file', () => {
  it('is given as text', async () => {
    const text = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
    expect(readPem(await file('cert.pem', text), 'certificate')).toBe(text)
  })

  it('that is missing or of another format is refused', async () => {
    expect(fault(() => readPem(join(folder, 'none.pem'), 'key'))).toMatch(
      /^server\/certificate: The key .*none\.pem cannot be read/,
    )
    const der = await file('cert.der', '0\u0082\u0003')
    expect(fault(() => readPem(der, 'certificate'))).toMatch(
      /^server\/certificate: .*cert\.der is not a certificate in PEM/,
    )
  })
})
