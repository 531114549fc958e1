/** Rows for tests: plausible ones, of which a test names only what it is about. */
import type {
  ClientBar,
  ClientRow,
  DashboardSnapshot,
  JobRow,
  RoundRow,
  VersionRow,
} from '../../shared/protocol/dashboard.ts'

export function jobRow(some: Partial<JobRow> = {}): JobRow {
  return {
    id: 'job',
    name: 'Digits together',
    description: '',
    state: 'running',
    reason: '',
    round: 0,
    rounds: 10,
    minClients: 2,
    metrics: ['accuracy'],
    held: false,
    startedAt: 0,
    endedAt: null,
    parameters: 10,
    updateBytes: 40,
    testData: null,
    bytesUp: 0,
    bytesDown: 0,
    dropouts: { gone: 0, declined: 0, rejected: 0, cutOff: 0 },
    dropoutPhases: { download: 0, train: 0, upload: 0 },
    sessionsResumed: 0,
    config: {},
    ...some,
  }
}

export function clientRow(ordinal: number, some: Partial<ClientRow> = {}): ClientRow {
  return {
    id: `c${ordinal}`,
    ordinal,
    state: 'idle',
    backend: 'webgpu',
    adapter: 'Apple M3',
    hardware: true,
    backendReason: '',
    rates: [],
    examples: 600,
    examplesPerSecond: 1000,
    contributed: 0,
    bytesUp: 0,
    bytesDown: 0,
    joinedAt: 0,
    lastSeen: 0,
    note: '',
    ...some,
  }
}

export function clientBar(ordinal: number, some: Partial<ClientBar> = {}): ClientBar {
  return {
    clientId: `c${ordinal}`,
    ordinal,
    state: 'download',
    sentAt: 0,
    downloadedAt: null,
    trainedAt: null,
    answeredAt: null,
    fraction: 0,
    examples: 600,
    reason: '',
    ...some,
  }
}

export function roundRow(round: number, some: Partial<RoundRow> = {}): RoundRow {
  return {
    key: `${round}.1`,
    round,
    attempt: 1,
    tries: 1,
    kind: 'train',
    state: 'open',
    reason: '',
    startedAt: 0,
    deadlineAt: 60_000,
    endedAt: null,
    version: null,
    updates: 0,
    bytesUp: 0,
    bytesDown: 0,
    bars: [],
    ...some,
  }
}

export function versionRow(version: number, accuracy: number | null, some: Partial<VersionRow> = {}): VersionRow {
  const score = accuracy === null ? null : { metrics: { accuracy }, loss: 1 - accuracy, examples: 100 }
  return {
    version,
    round: version,
    digest: 'd'.repeat(64),
    createdAt: 0,
    updates: 2,
    examples: 1200,
    bytes: 40,
    test: score,
    clients: null,
    kept: true,
    ...some,
  }
}

export function dashboardSnapshot(some: Partial<DashboardSnapshot> = {}): DashboardSnapshot {
  return { job: jobRow(), joinUrl: 'http://host/', now: 0, clients: [], rounds: [], versions: [], log: [], ...some }
}
