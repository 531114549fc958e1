/** docs/protocol.md has every field, word and code that travels: a schema that grows, and a page that does not, fail here. */
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { CONDUCT_LIMITS, FAULTS } from '../../server/gateway/conduct.ts'
import { SOCKET_LIMITS } from '../../server/gateway/doorman.ts'
import { INGEST_LIMITS } from '../../server/gateway/uploads/ingest.ts'
import { REQUEST_LIMITS } from '../../server/http/limits.ts'
import { ERROR_CODES } from '../../shared/errors/codes.ts'
import { jobDataSchema } from '../../shared/protocol/data.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import * as participant from '../../shared/protocol/participant.ts'

type Schema = z.core.$ZodType

/** What has a section of its own, by a word of the section's heading. A field elsewhere that is one of these needs its name only. */
const SECTIONS: readonly (readonly [heading: string, schema: Schema])[] = [
  ['Requests and hints', participant.errorSchema],
  ['`hello`', participant.helloSchema],
  ['`hello`', participant.capabilitiesSchema],
  ['`hello`', participant.helloAckSchema],
  ['`present`', participant.presentAckSchema],
  ['`availability`', participant.availabilitySchema],
  ['`job`', participant.jobInfoSchema],
  ['`data`', jobDataSchema],
  ['`settings`', participant.trainSettingsSchema],
  ['`dismissed`', participant.dismissedSchema],
  ['`task`', participant.taskSchema],
  ['`task:cancel`', participant.taskCancelSchema],
  ['`accept`', participant.acceptSchema],
  ['`progress`', participant.progressSchema],
  ['`decline`', participant.declineSchema],
  ['`update:begin`', participant.updateBeginSchema],
  ['`update:begin`', participant.beginAckSchema],
  ['`update:chunk`', participant.updateChunkSchema],
  ['`update:chunk`', participant.chunkAckSchema],
  ['`update:commit`', participant.updateCommitSchema],
  ['`update:commit`', participant.commitAckSchema],
  ['Receipts', participant.receiptSchema],
  ['`task:settled`', participant.taskSettledSchema],
]

/** Codes that a client can meet. All others are said inside of a program, or to whoever runs the coordinator. */
const MET = Object.keys(ERROR_CODES).filter((code) =>
  /^((protocol|access|round|update|storage)\/|internal$|model\/unknown$)/.test(code),
)

const OWN = new Set(SECTIONS.map(([, schema]) => schema))

interface Findings {
  /** All that was walked through. */
  readonly seen: Set<Schema>
  readonly missing: string[]
}

/** What the row of a field says where it may have no value. */
const MAY_LACK: { readonly [type: string]: string } = { optional: 'optional', nullable: '`null`' }

/** Looks for the names of a schema's fields, and for the words that its fields may be, in backquotes. */
function walk(schema: Schema, section: string, path: string, findings: Findings): void {
  if (path.includes('.') && OWN.has(schema)) return
  findings.seen.add(schema)
  const { def } = (schema as z.core.$ZodTypes)._zod
  const demand = (name: string, what: string) => {
    if (!section.includes(`\`${name}\``)) findings.missing.push(`${path}: ${what} \`${name}\``)
  }
  switch (def.type) {
    case 'object':
      for (const [name, field] of Object.entries(def.shape)) {
        demand(name, 'the field')
        const word = MAY_LACK[(field as z.core.$ZodTypes)._zod.def.type]
        if (word && !rowsOf(section, name).some((row) => row.includes(word))) {
          findings.missing.push(`${path}: that \`${name}\` is ${word}`)
        }
        walk(field, section, `${path}.${name}`, findings)
      }
      return
    case 'enum':
      for (const word of Object.values(def.entries)) demand(String(word), 'the word')
      return
    case 'literal':
      for (const value of def.values) if (value !== true) demand(String(value), 'the word')
      return
    case 'optional':
    case 'nullable':
    case 'default':
      return walk(def.innerType, section, path, findings)
    case 'array':
      return walk(def.element, section, path, findings)
    case 'union':
      // A choice between whole messages: the refusal has a section of its own.
      for (const option of def.options) if (option !== participant.errorSchema) walk(option, section, path, findings)
      return
    default:
      // Text and numbers have no parts; the names in a record are anybody's.
      expect(['string', 'number', 'boolean', 'record', 'custom'], path).toContain(def.type)
  }
}

/** The rows of a section's tables whose first cell names this. */
function rowsOf(section: string, name: string): string[] {
  return section.split('\n').filter((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${name}\``))
}

/** The page's parts by their headings: from one heading to the next. */
function sectionsOf(page: string): Map<string, string> {
  const parts = page.split(/^#+ /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]))
}

function sectionOf(page: string, word: string): string {
  const found = [...sectionsOf(page)].filter(([heading]) => heading.split(/, | \(/).includes(word))
  expect(found, `one section for ${word}`).toHaveLength(1)
  return found[0]?.[1] ?? ''
}

function compare(page: string, sections = SECTIONS): Findings {
  const findings: Findings = { seen: new Set(), missing: [] }
  for (const [heading, schema] of sections) walk(schema, sectionOf(page, heading), heading, findings)
  return findings
}

describe('docs/protocol.md is complete', () => {
  let page = ''
  beforeAll(async () => {
    page = await readFile('docs/protocol.md', 'utf8')
  })

  it('names every field and every word of every event in its section', () => {
    expect(compare(page).missing).toEqual([])
  })

  it('leaves no schema and no event out', () => {
    const { seen } = compare(page)
    const exported = Object.entries(participant).filter(([name]) => name.endsWith('Schema'))
    // Metrics go by names of the client's own.
    const forgotten = exported.filter(([, schema]) => !seen.has(schema as Schema)).map(([name]) => name)
    expect(forgotten).toEqual([])
    const { snapshot: _, changes: __, ...events } = EVENTS
    const sections = new Set(SECTIONS.map(([heading]) => heading))
    for (const event of Object.values(events)) expect(sections, event).toContain(`\`${event}\``)
  })

  it('is found wanting when a schema grows by a field, a word or a field within a field', () => {
    const grown = (field: Schema) =>
      compare(page, [['`progress`', z.object({ ...participant.progressSchema.shape, ...{ unheard: field } })]]).missing
    expect(grown(z.string())).toEqual(['`progress`: the field `unheard`'])
    expect(grown(z.optional(z.enum(['train', 'rest'])))).toEqual([
      '`progress`: the field `unheard`',
      '`progress`: that `unheard` is optional',
      '`progress`.unheard: the word `rest`',
    ])
    expect(grown(z.array(z.object({ within: z.nullable(z.int()) })))).toContain(
      '`progress`.unheard: the field `within`',
    )
    const without = page.replaceAll('`fraction`', 'fraction')
    expect(compare(without, [['`progress`', participant.progressSchema]]).missing).toEqual([
      '`progress`: the field `fraction`',
    ])
  })

  it('has every code that a client can meet in the table of codes, as final or transient', () => {
    const codes = sectionOf(page, 'Codes')
    expect(MET.length).toBeGreaterThan(20)
    for (const code of MET) {
      const rows = rowsOf(codes, code)
      expect(rows, code).toHaveLength(1)
      expect(rows[0]?.split('|')[2]?.trim(), code).toMatch(/^(final|transient)$/)
    }
    for (const [, code = ''] of page.matchAll(/`([a-z]+\/[a-z][a-z-]+)`/g)) {
      if (!code.startsWith('tributary-model')) expect(Object.keys(ERROR_CODES), 'a code of the page').toContain(code)
    }
  })

  it('names the limits that the coordinator has', () => {
    const limits = sectionOf(page, 'Limits')
    const row = (words: RegExp) => {
      const found = limits.split('\n').find((line) => line.startsWith('|') && words.test(line)) ?? ''
      const numbers = found.split('|').slice(2, 4)
      return numbers.map((cell) => Number(cell.replaceAll(',', '').trim() || Number.NaN))
    }
    const rate = ({ perSecond, burst }: { perSecond: number; burst: number }) => [perSecond, burst]
    expect(row(/events of one client/)).toEqual(rate(CONDUCT_LIMITS.events))
    expect(row(/events of one address/)).toEqual(rate(CONDUCT_LIMITS.placeEvents))
    expect(row(/wait for their answers/)[1]).toBe(CONDUCT_LIMITS.pending)
    expect(row(/new clients/)).toEqual(rate(CONDUCT_LIMITS.newClients))
    expect(row(/packets of one socket/)).toEqual(rate(SOCKET_LIMITS.packets))
    expect(row(/sockets opened/)).toEqual(rate(SOCKET_LIMITS.connects))
    expect(row(/open sockets of one address/)[1]).toBe(SOCKET_LIMITS.perAddress)
    expect(row(/open sockets in all/)[1]).toBe(SOCKET_LIMITS.total)
    expect(row(/requests of one participant/)).toEqual(rate(REQUEST_LIMITS.participant))
    expect(row(/requests of one address/)).toEqual(rate(REQUEST_LIMITS.place))
    expect(row(/uploads under way, of all/)[1]).toBe(INGEST_LIMITS.maxUploads)
    expect(limits).toContain(`${INGEST_LIMITS.maxBytesInFlight / 2 ** 30} GiB`)
    const { burst, perSecond } = CONDUCT_LIMITS.faults
    expect(limits).toContain(`a budget of ${burst} points for what it does wrong; ${perSecond} points a second`)
    for (const [code, weight] of Object.entries(FAULTS)) {
      const points = rowsOf(limits, code)[0]?.split('|')[2]?.trim()
      expect(points, code).toBe(weight === 1 ? '1' : `1/${1 / weight}`)
    }
    expect(rowsOf(limits, 'access/misbehaved')).toHaveLength(1)
    expect(sectionOf(page, '`dismissed`')).toContain(CONDUCT_LIMITS.keepOutMs.toLocaleString('en-US'))
  })
})
