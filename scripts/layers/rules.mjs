// Judges one import against the table of rooms. Pure: an edge in, a sentence or undefined out.
import {
  CLIENT,
  FILES,
  FOUNDATION,
  PACKAGES,
  PAGES,
  SERVER_COMMON,
  SERVER_ROOTS,
  SHARED,
  VOCABULARY,
} from './rooms.mjs'

const TEST = /\.(test|contract|integration)\.[a-z]+$|\/testing(\/|\.tsx?$)/
const ACROSS = /\.integration(\.test)?\.[a-z]+$/
const BUILT = /^(\.\.\/)*dist\//
const CONFIG = /\.config\.ts$/
const SIMULATOR = /^simulator\//

/**
 * @param {{ from: string, to: string, kind: 'file' | 'package' | 'builtin' | 'missing', typeOnly: boolean,
 *   development?: boolean }} edge `from` is a path in the repository; `to` another, or a package's or module's name
 * @returns {string | undefined} what is wrong with it
 */
export function judge(edge) {
  const from = roomOf(edge.from)
  // Programs of tests and benchmarks run what is built, which may not be built yet.
  if (edge.kind === 'missing' && !from.side && BUILT.test(edge.to)) return undefined
  if (edge.kind === 'missing') return `imports ${edge.to}, which does not exist`
  if (SIMULATOR.test(edge.from)) return judgeSimulator(edge)
  if (!from.side || CONFIG.test(edge.from)) return undefined
  if (edge.kind === 'file') return judgeSides(edge, from) ?? (TEST.test(edge.from) ? undefined : judgeFile(edge, from))
  if (TEST.test(edge.from)) return undefined
  return edge.kind === 'builtin' ? judgeBuiltin(edge, from) : judgePackage(edge, from)
}

/** The room and the side (shared, server, client) of a path; no side for anything else. */
export function roomOf(path) {
  const [side, folder] = path.split('/')
  return ['shared', 'server', 'client'].includes(side) ? { side, room: `${side}/${folder}` } : { side: undefined }
}

function judgeSides(edge, from) {
  const to = roomOf(edge.to)
  if (ACROSS.test(edge.from) || to.side === from.side || to.side === 'shared') return undefined
  // JSON and the like beside the sources, such as package.json.
  if (!to.side && !/\.tsx?$/.test(edge.to)) return undefined
  if (!to.side) return `imports ${edge.to}: ${from.side}/ imports nothing outside of itself and shared/`
  return from.side === 'shared'
    ? `imports ${edge.to}: shared/ imports neither client/ nor server/`
    : `imports ${edge.to}: client/ and server/ never import each other`
}

/** It wires both sides together, as users run it: without tests, pages and tools. */
function judgeSimulator(edge) {
  if (TEST.test(edge.from) || edge.kind === 'builtin') return undefined
  if (edge.kind === 'package') {
    const owners = ownersOf(packageName(edge.to))
    return owners?.includes('simulator')
      ? undefined
      : `imports ${edge.to}, which scripts/layers/rooms.mjs does not give to simulator/`
  }
  if (TEST.test(edge.to)) return `imports ${edge.to}, which is test code`
  return PAGES.includes(roomOf(edge.to).room) ? `imports ${edge.to}: the simulator shows no page` : undefined
}

function judgeFile(edge, from) {
  const to = roomOf(edge.to)
  if (TEST.test(edge.to)) return `imports ${edge.to}, which is test code`
  if (to.room === from.room || !to.side) return undefined
  if (from.side === 'shared') return judgeShared(edge, from.room, to.room)
  if (to.side === 'shared') return undefined
  return from.side === 'client' ? judgeClient(edge, from.room, to.room) : judgeServer(edge, from.room, to.room)
}

function judgeShared(edge, from, to) {
  const allowed = SHARED[from]
  if (!allowed) return `lies in ${from}, which is no room of the table: add it to scripts/layers/rooms.mjs`
  if (allowed === '*' || allowed.includes(to) || FOUNDATION.includes(to)) return undefined
  if (to === VOCABULARY && edge.typeOnly) return undefined
  return `imports ${edge.to}: ${from} may import ${[...FOUNDATION, ...allowed].join(', ')} and types of ${VOCABULARY}`
}

function judgeClient(edge, from, to) {
  const allowed = CLIENT[from]
  if (!allowed) return `lies in ${from}, which is no room of the table: add it to scripts/layers/rooms.mjs`
  if (edge.typeOnly || allowed.includes(to)) return undefined
  return `imports ${edge.to}: of client/, ${from} may import ${allowed.join(', ') || 'nothing but itself'}, and types`
}

function judgeServer(edge, from, to) {
  if (SERVER_ROOTS.includes(from) || SERVER_COMMON.includes(to) || edge.typeOnly) return undefined
  return `imports ${edge.to}: between rooms of server/ only types are imported; ${SERVER_ROOTS.join(' and ')} wire them together`
}

function judgeBuiltin(edge, from) {
  if (from.side !== 'server') return `imports Node's ${edge.to}: ${from.side}/ also runs in browsers`
  const isFiles = /^(node:)?fs(\/|$)/.test(edge.to)
  return isFiles && !FILES.includes(from.room) ? `imports ${edge.to}: only ${FILES.join(', ')} touch files` : undefined
}

function judgePackage(edge, from) {
  const name = packageName(edge.to)
  const owners = ownersOf(name)
  if (owners?.includes(from.room) || from.room === 'server/main.ts') return undefined
  if (owners) return `imports ${name}: only ${owners.join(', ')} may`
  if (from.side !== 'server') return `imports ${name}, which scripts/layers/rooms.mjs gives to no room of ${from.side}/`
  return edge.development ? `imports ${name}, which is only a development dependency` : undefined
}

/** The rooms that a package is given to; undefined where it is given to none. */
function ownersOf(name) {
  return PACKAGES[name] ?? PACKAGES[`${name.split('/')[0]}/*`]
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Cycles among files, by the imports that remain at run time; each as the list of its files. */
export function cycles(edges) {
  const next = new Map()
  for (const { from, to, kind, typeOnly } of edges) {
    if (kind !== 'file' || typeOnly) continue
    next.set(from, [...(next.get(from) ?? []), to])
  }
  const found = []
  const state = new Map()
  const path = []
  const visit = (file) => {
    state.set(file, 'open')
    path.push(file)
    for (const target of next.get(file) ?? []) {
      if (state.get(target) === 'open') found.push(path.slice(path.indexOf(target)))
      else if (!state.has(target)) visit(target)
    }
    path.pop()
    state.set(file, 'done')
  }
  for (const file of next.keys()) if (!state.has(file)) visit(file)
  return found
}
